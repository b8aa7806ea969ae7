#include "core/cpuset.h"

#include <string>

#include "native/helpers/check.h"

using governor::Cpuset;
using Cpus = std::vector<unsigned>;

namespace {

std::optional<Cpus> list(std::string_view text) {
  const auto set = Cpuset::from_list(text);
  return set ? std::optional(set->cpus()) : std::nullopt;
}

std::optional<Cpus> mask(std::string_view text) {
  const auto set = Cpuset::from_mask(text);
  return set ? std::optional(set->cpus()) : std::nullopt;
}

Cpus range(unsigned first, unsigned last) {
  Cpus cpus;
  for (unsigned cpu = first; cpu <= last; cpu++) cpus.push_back(cpu);
  return cpus;
}

std::string as_list(const Cpuset& set) {
  std::string text;
  for (const unsigned cpu : set.cpus()) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

std::string as_mask(const Cpuset& set) {
  std::string text;
  for (size_t i = set.words().size(); i-- > 0;) {
    char word[20];
    const uint64_t bits = set.words()[i];
    snprintf(word, sizeof word, "%08x,%08x", static_cast<unsigned>(bits >> 32), static_cast<unsigned>(bits));
    text += (text.empty() ? "" : ",") + std::string(word);
  }
  return text.empty() ? "0" : text;
}

void reads_lists() {
  CHECK_EQ(list("0"), Cpus{0});
  CHECK_EQ(list("0-3,8"), (Cpus{0, 1, 2, 3, 8}));
  CHECK_EQ(list("0-3,8\n"), (Cpus{0, 1, 2, 3, 8}));
  CHECK_EQ(list(" 8 , 0-1 "), (Cpus{0, 1, 8}));
  CHECK_EQ(list("3,1,3,0-3"), (Cpus{0, 1, 2, 3}));
  CHECK_EQ(list("5-5"), Cpus{5});
  CHECK_EQ(list("007"), Cpus{7});
  CHECK_EQ(list(""), Cpus{});
  CHECK_EQ(list("\n"), Cpus{});
  CHECK_EQ(list("63,64,127,128"), (Cpus{63, 64, 127, 128}));
  CHECK_EQ(list("1048575"), Cpus{1048575});
}

void reads_strides() {
  CHECK_EQ(list("0-7:2"), (Cpus{0, 2, 4, 6}));
  CHECK_EQ(list("1-8:3"), (Cpus{1, 4, 7}));
  CHECK_EQ(list("0-9:2/4"), (Cpus{0, 1, 4, 5, 8, 9}));
  CHECK_EQ(list("3-6:1/1"), range(3, 6));
  CHECK_EQ(list("0-3:4/4,9"), (Cpus{0, 1, 2, 3, 9}));
  CHECK_EQ(list("0-7:100"), Cpus{0});
  CHECK_EQ(list("0-1048575:1/1")->size(), size_t{1048576});
  CHECK_EQ(list("0-1048575:1048575"), (Cpus{0, 1048575}));
  for (const char* text : {"0-7:0", "0-7:0/4", "0-7:5/4", "0-7:2/", "0-7:/4", "0-7:", "0-7:2:2", "0-7:-2", "0-7:1/0"}) {
    CHECK_EQ(list(text), std::nullopt);
  }
}

void reads_masks() {
  CHECK_EQ(mask("1"), Cpus{0});
  CHECK_EQ(mask("ff"), range(0, 7));
  CHECK_EQ(mask("FF\n"), range(0, 7));
  CHECK_EQ(mask("0x5"), (Cpus{0, 2}));
  CHECK_EQ(mask("1,00000000"), Cpus{32});
  CHECK_EQ(mask("80000000,00000001"), (Cpus{0, 63}));
  CHECK_EQ(mask("00000000,00000000,00000003"), (Cpus{0, 1}));
  CHECK_EQ(mask("0"), Cpus{});
  std::string wide = "1";
  for (int i = 0; i < 32767; i++) wide += ",00000000";
  CHECK_EQ(mask(wide), Cpus{32767 * 32});
  CHECK_EQ(mask(wide + ",00000000"), std::nullopt);
}

void refuses_what_is_neither() {
  for (const char* text : {",",
                           ",1",
                           "1,,2",
                           "-",
                           "-1",
                           "1-",
                           "3-1",
                           "a",
                           "0x1",
                           "1;2",
                           "1 2",
                           "0--3",
                           "0-3-5",
                           "+1",
                           "1.5",
                           "1e3",
                           "1048576",
                           "0-1048576",
                           "4294967296",
                           "18446744073709551617",
                           "99999999999999999999999999",
                           "0-3\n4-5",
                           "all",
                           "N"}) {
    CHECK_EQ(list(text), std::nullopt);
  }
  CHECK_EQ(list(std::string_view("0\0001", 3)), std::nullopt);
  for (const char* text : {"", "\n", ",", "0x", "0x0xff", "ff,", ",ff", "ff,,ff", "g", "-1", "+1", "ff ff", "1ffffffff",
                           "ff;00", "0xff,0xff", "ffffffffffffffff"}) {
    CHECK_EQ(mask(text), std::nullopt);
  }
  CHECK_EQ(mask(std::string_view("f\0f", 3)), std::nullopt);
}

void a_list_of_many_wide_ranges_costs_little() {
  std::string text = "0-1048575";
  CHECK(list(text).has_value());
  CHECK_EQ(list(text + ",0"), std::nullopt);  // more names than there are numbers
  for (int i = 0; i < 6000; i++) text += ",0-1048575";
  CHECK_EQ(list(text), std::nullopt);
  std::string strides = "0-1048575:1048575";
  for (int i = 0; i < 6000; i++) strides += ",0-1048575:1048575";
  CHECK_EQ(list(strides), std::nullopt);
}

void is_as_wide_as_its_largest_cpu() {
  Cpuset set;
  CHECK(set.empty());
  CHECK_EQ(set.words().size(), size_t{0});
  CHECK(!set.has(0));
  for (const unsigned cpu : {4095u, 1024u, 1023u, 64u, 63u, 0u}) set.add(cpu);
  CHECK_EQ(set.cpus(), (Cpus{0, 63, 64, 1023, 1024, 4095}));
  CHECK(set.has(1024));
  CHECK(!set.has(1025));
  CHECK(!set.has(4096));
  CHECK(!set.has(1u << 31));
  CHECK_EQ(set.words().size(), size_t{64});
  CHECK_EQ(set.words()[0], uint64_t{1} | uint64_t{1} << 63);
  CHECK_EQ(set.words()[1], uint64_t{1});
  CHECK_EQ(set.words()[15], uint64_t{1} << 63);
  CHECK_EQ(set.words()[16], uint64_t{1});
  CHECK_EQ(set.words()[63], uint64_t{1} << 63);
}

void takes_words_of_the_system_calls() {
  CHECK_EQ(Cpuset::from_words({5, 0, 0}).cpus(), (Cpus{0, 2}));
  CHECK_EQ(Cpuset::from_words({5, 0, 0}).words(), std::vector<uint64_t>{5});
  CHECK_EQ(Cpuset::from_words({0, 1}).cpus(), Cpus{64});
  CHECK(Cpuset::from_words({0, 0, 0}).empty());
  CHECK(Cpuset::from_words({}).empty());
  CHECK_EQ(mask("0,00000000")->size(), size_t{0});
  CHECK(Cpuset::from_mask("0,00000000,00000000")->empty());
}

void survives_round_trips() {
  for (const char* text :
       {"", "0", "0-1", "0-3,8", "31,32,63,64,65", "0-127:2", "1023-1025", "0-8191:3/7", "1048575", "0,1048575"}) {
    const auto set = *Cpuset::from_list(text);
    CHECK_EQ(Cpuset::from_list(as_list(set))->words(), set.words());
    CHECK_EQ(Cpuset::from_mask(as_mask(set))->words(), set.words());
    CHECK_EQ(Cpuset::from_words(set.words()).words(), set.words());
    CHECK_EQ(set.empty(), set.cpus().empty());
  }
}

}  // namespace

int main() {
  reads_lists();
  reads_strides();
  reads_masks();
  refuses_what_is_neither();
  a_list_of_many_wide_ranges_costs_little();
  is_as_wide_as_its_largest_cpu();
  takes_words_of_the_system_calls();
  survives_round_trips();
  return check::result();
}
