#include "linux/machine/interrupts.h"

#include "native/helpers/check.h"
#include "native/helpers/tree.h"

using governor::InterruptCount;
using governor::read_interrupts;
using governor::linux_os::parse_interrupts;

namespace {

std::string shown(const std::vector<InterruptCount>& counts) {
  std::string text;
  for (const auto& [cpu, count] : counts) text += std::to_string(cpu) + ":" + std::to_string(count) + " ";
  return text;
}

std::string sums(std::string_view text) { return shown(parse_interrupts(text)); }

void adds_up_the_columns_of_numbered_interrupts() {
  CHECK_EQ(sums("           CPU0       CPU1       \n"
                "  0:         23          0   IO-APIC   2-edge      timer\n"
                " 24:        100          7   PCI-MSI 524288-edge      nvme0q0\n"
                "NMI:          9          9   Non-maskable interrupts\n"
                "LOC:     123456     654321   Local timer interrupts\n"
                "ERR:          5\n"
                "MIS:          0\n"),
           "0:123 1:7 ");
}

void takes_cpus_by_their_names() {
  CHECK_EQ(sums("      CPU0  CPU2  CPU9\n1:  1  2  3  x\n2:  10  20  30  x\n"), "0:11 2:22 9:33 ");
  CHECK_EQ(sums("CPU0\n"), "0:0 ");
}

void reads_what_a_short_line_has() {
  CHECK_EQ(sums("CPU0 CPU1\n1: 5\n2: 7 words 9\n3: 1 1 1 1\n"), "0:13 1:1 ");
  CHECK_EQ(sums("CPU0 CPU1\n1: 5 5\n2: 7 7"), "0:5 1:5 ");  // the last line is cut off
}

void finds_nothing_in_other_text() {
  for (const char* text : {"", "\n", "1: 2 3\n", "CPU\n1: 1\n", "CPUx\n", "CPU-1\n", "CPU0 word\n1: 1\n", "CPU0 CPU0\n",
                           "CPU1 CPU0\n", "CPU99999999\n", "CPU99999999999999999999\n"}) {
    CHECK_EQ(sums(text), "");
  }
}

void stays_within_whole_numbers() {
  CHECK_EQ(sums("CPU0\n1: 9223372036854775807\n2: 9223372036854775807\n"), "0:9007199254740992 ");
  CHECK_EQ(sums("CPU0 CPU1\n1: -5 3\n2: 99999999999999999999 3\n"), "0:0 1:0 ");
}

void reads_any_number_of_cpus() {
  std::string text, line = "\n1:";
  for (int cpu = 0; cpu < 5000; cpu++) {
    text += " CPU" + std::to_string(cpu);
    line += " " + std::to_string(cpu);
  }
  const auto counts = parse_interrupts(text + line + "\n");
  CHECK_EQ(counts.size(), size_t{5000});
  CHECK_EQ(counts.back().count, int64_t{4999});
}

void needs_no_file() {
  Tree tree;
  CHECK(!read_interrupts(tree.root()));
  tree.file("proc/interrupts", "no table\n");
  CHECK(!read_interrupts(tree.root()));
  tree.file("proc/interrupts", "CPU0\n1: 4 x\n");
  CHECK_EQ(shown(read_interrupts(tree.root()).value()), "0:4 ");
  tree.remove("proc/interrupts").fifo("proc/interrupts");
  CHECK(!read_interrupts(tree.root()));
}

void survives_chance() {
  const std::string valid = "     CPU0   CPU1\n  0:   1   2  a\n 24:  3  4 b\nLOC: 5 6 c\n";
  unsigned random = 1;
  for (int round = 0; round < 20000; round++) {
    std::string text = valid;
    for (int change = 0; change < 4; change++) {
      random = random * 1103515245u + 12345u;
      const size_t at = (random >> 8) % text.size();
      if (random % 3 == 0) {
        text.erase(at, 1);
      } else {
        text[at] = "0123456789:CPU \n-"[(random >> 20) % 17];
      }
    }
    for (const auto& [cpu, count] : parse_interrupts(text)) CHECK(count >= 0 && cpu <= governor::Cpuset::kLargest);
  }
}

}  // namespace

int main() {
  adds_up_the_columns_of_numbered_interrupts();
  takes_cpus_by_their_names();
  reads_what_a_short_line_has();
  finds_nothing_in_other_text();
  stays_within_whole_numbers();
  reads_any_number_of_cpus();
  needs_no_file();
  survives_chance();
  return check::result();
}
