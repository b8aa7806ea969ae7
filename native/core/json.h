// JSON text, appended value by value. Bytes that are no UTF-8 stay as they are.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace governor::json {

inline void append(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') out += '\\';
    if (value >= 0x20) {
      out += byte;
    } else {
      out += "\\u00";
      out += kDigits[value >> 4];
      out += kDigits[value & 15];
    }
  }
  out += '"';
}

template <typename Number, typename = std::enable_if_t<std::is_integral_v<Number> && !std::is_same_v<Number, bool>>>
void append(std::string& out, Number number) {
  char text[24];
  out.append(text, std::to_chars(std::begin(text), std::end(text), number).ptr);
}

inline void append(std::string& out, bool value) { out += value ? "true" : "false"; }

template <typename Values, typename Append>
void append_list(std::string& out, const Values& values, Append append_one) {
  out += '[';
  const char* separator = "";
  for (const auto& value : values) {
    out += separator;
    append_one(out, value);
    separator = ",";
  }
  out += ']';
}

template <typename T>
void append(std::string& out, const std::vector<T>& values) {
  append_list(out, values, [](std::string& to, const T& value) { append(to, value); });
}

// An object that ends with this C++ object.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  template <typename T>
  Object& with(std::string_view name, const T& value) {
    append(begin(name), value);
    return *this;
  }
  // Appends the name; the value is to follow.
  std::string& begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append(out_, name);
    out_ += ':';
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace governor::json
