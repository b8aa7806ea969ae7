#include "linux/procfs/stat_line.h"

#include "native/helpers/check.h"

using governor::linux_os::parse_stat;

namespace {

const std::string kRest =
    " S 41 42 43 34816 44 4194304 1 2 3 4 500 60 7 8 20 0 9 0 123456789 1000 100 18446744073709551615 1 1 1 0 0 0 0";

void reads_the_fields() {
  const auto stat = parse_stat("42 (cat)" + kRest + " 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  CHECK(stat.has_value());
  CHECK_EQ(stat->id, 42);
  CHECK_EQ(stat->comm, "cat");
  CHECK_EQ(stat->state, 'S');
  CHECK_EQ(stat->field[4], 41);
  CHECK_EQ(stat->field[9], 4194304);
  CHECK_EQ(stat->field[14], 500);
  CHECK_EQ(stat->field[15], 60);
  CHECK_EQ(stat->field[20], 9);
  CHECK_EQ(stat->field[22], 123456789);
  CHECK_EQ(stat->field[25], 0);  // "no limit" as 2^64 - 1
}

void takes_any_name() {
  for (const std::string name : {"", " ", ")", "(", "()", ") S 1 2 3", "a) R (b", "a\nb", "\n", "((((", "))))",
                                 "1 (x) Z 0 0 0 0 0 0 0", "kworker/u64:0-events_unbound", "\xff\xfe", "a\\nb"}) {
    const auto stat = parse_stat("7 (" + name + ")" + kRest);
    CHECK(stat.has_value());
    CHECK_EQ(stat->comm, name);
    CHECK_EQ(stat->state, 'S');
    CHECK_EQ(stat->field[4], 41);
  }
  const std::string nul("a\0b", 3);
  CHECK_EQ(parse_stat("7 (" + nul + ")" + kRest)->comm, nul);
}

void refuses_what_is_cut_or_damaged() {
  for (const std::string text : {"", "\n", "42", "42 ", "42 (cat", "42 cat)", ")(", "42 )cat(", "42 (cat)", "42 (cat) ",
                                 "42 (cat) S", "42 (cat) S 1 2 3", "(cat) S 1", "x (cat) S 1", "4 2 (cat) S 1"}) {
    CHECK(!parse_stat(text).has_value());
  }
  CHECK(!parse_stat("x (cat)" + kRest).has_value());
  CHECK(!parse_stat("(cat)" + kRest).has_value());
  CHECK(!parse_stat("99999999999999999999 (cat)" + kRest).has_value());
  CHECK(parse_stat("1 (a) S 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 22").has_value());
  CHECK(!parse_stat("1 (a) S 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0").has_value());
}

void takes_more_fields_than_it_knows() {
  std::string text = "1 (a)" + kRest;
  for (int i = 0; i < 1000; i++) text += " 5";
  const auto stat = parse_stat(text);
  CHECK(stat.has_value());
  CHECK_EQ(stat->field[52], 5);
  CHECK_EQ(stat->field[22], 123456789);
}

}  // namespace

int main() {
  reads_the_fields();
  takes_any_name();
  refuses_what_is_cut_or_damaged();
  takes_more_fields_than_it_knows();
  return check::result();
}
