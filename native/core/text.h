#pragma once
#include <string_view>

namespace governor {

// The text without the blanks around it.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank(" \t\r\n\0", 5);  // some kernels end a text with NUL
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace governor
