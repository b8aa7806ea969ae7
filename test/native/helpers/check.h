// CHECK and its kin count, print what failed, and go on; main ends with `return check::result();`.
#pragma once
#include <cstdio>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/error.h"

namespace check {

inline int checks = 0, failures = 0;

template <typename T>
std::string shown(const std::optional<T>& value);
template <typename T>
std::string shown(const std::vector<T>& values);

template <typename T>
std::string shown(const T& value) {
  std::ostringstream text;
  if constexpr (std::is_same_v<T, std::nullopt_t>) {
    text << "nothing";
  } else if constexpr (std::is_same_v<T, bool>) {
    text << (value ? "true" : "false");
  } else if constexpr (std::is_arithmetic_v<T>) {
    text << value;
  } else {
    text << '"' << value << '"';
  }
  return text.str();
}

template <typename T>
std::string shown(const std::optional<T>& value) {
  return value ? shown(*value) : "nothing";
}

template <typename T>
std::string shown(const std::vector<T>& values) {
  std::string text = "{";
  for (const auto& value : values) {
    if (text.size() > 200) return text + ", …}";
    text += (text.size() > 1 ? ", " : "") + shown(value);
  }
  return text + "}";
}

inline void that(bool holds, const char* file, int line, const std::string& what) {
  checks++;
  if (holds) return;
  if (++failures <= 20) fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

template <typename Got, typename Wanted>
void equal(const Got& got, const Wanted& wanted, const char* file, int line, const char* expression) {
  const bool same = got == wanted;
  that(same, file, line, same ? "" : std::string(expression) + " is " + shown(got) + ", expected " + shown(wanted));
}

template <typename Call>
void fails(Call call, int code, std::string_view syscall, const char* file, int line, const char* expression) {
  try {
    call();
  } catch (const governor::OsError& error) {
    equal(error.code, code, file, line, expression);
    equal(error.syscall, std::string(syscall), file, line, expression);
    that(!error.subject.empty(), file, line, std::string(expression) + ": the error names no subject");
    return;
  }
  that(false, file, line, std::string(expression) + " did not throw");
}

inline int result() {
  fprintf(stderr, "%d checks, %d failed\n", checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace check

#define CHECK(condition) check::that((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(got, wanted) check::equal((got), (wanted), __FILE__, __LINE__, #got)
#define CHECK_FAILS(expression, code, syscall) \
  check::fails([&] { (void)(expression); }, (code), (syscall), __FILE__, __LINE__, #expression)
