import java.util.Arrays;
import java.util.stream.IntStream;

/** A parallel stream that sorts arrays: java Streams TASKS. The common pool has as many threads as Java chooses. */
public class Streams {
  static long task(int seed) {
    long[] numbers = new long[20_000];
    long state = seed * 2_862_933_555_777_941_757L + 1;
    for (int i = 0; i < numbers.length; i++) {
      state ^= state << 13;
      state ^= state >>> 7;
      state ^= state << 17;
      numbers[i] = state;
    }
    Arrays.sort(numbers);
    return numbers[numbers.length / 2];
  }

  static long run(int tasks) {
    return IntStream.range(0, tasks).parallel().mapToLong(Streams::task).sum();
  }

  public static void main(String[] words) {
    int tasks = Integer.parseInt(words[0]);
    run(Math.min(tasks, 200));
    System.out.println("working");
    double start = System.currentTimeMillis() / 1e3;
    run(tasks);
    // In one piece: several programs write to one pipe.
    System.out.println(String.format(java.util.Locale.ROOT, "span %.3f %.3f %d", start, System.currentTimeMillis() / 1e3, tasks));
  }
}
