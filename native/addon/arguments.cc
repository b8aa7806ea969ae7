#include "addon/arguments.h"

#include <cerrno>

#include "core/error.h"

namespace governor {

int whole(const CallbackInfo& info, size_t index) { return info[index].ToNumber().Int32Value(); }

// A string of JavaScript as bytes: UTF-8, but a code unit from U+DC80 to U+DCFF that is no half of a character stands
// for the byte 80 to FF (lib/core/bytes.ts), as in Python's surrogateescape.
std::string text_of(const Value& value) {
  const std::u16string units = value.ToString().Utf16Value();
  std::string bytes;
  const auto tail = [&](char32_t code, int shift) { bytes += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  for (size_t i = 0; i < units.size(); i++) {
    char32_t code = units[i];
    const bool high = code >= 0xd800 && code < 0xdc00;
    if (high && i + 1 < units.size() && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (units[++i] - 0xdc00);
    } else if (code >= 0xdc80 && code <= 0xdcff) {
      bytes += static_cast<char>(code - 0xdc00);
      continue;
    } else if (code >= 0xd800 && code < 0xe000) {
      code = 0xfffd;
    }
    if (code < 0x80) {
      bytes += static_cast<char>(code);
    } else if (code < 0x800) {
      bytes += static_cast<char>(0xc0 | code >> 6);
      tail(code, 0);
    } else if (code < 0x10000) {
      bytes += static_cast<char>(0xe0 | code >> 12);
      tail(code, 6);
      tail(code, 0);
    } else {
      bytes += static_cast<char>(0xf0 | code >> 18);
      for (const int shift : {12, 6, 0}) tail(code, shift);
    }
  }
  return bytes;
}

std::string text(const CallbackInfo& info, size_t index) { return text_of(info[index]); }

std::vector<unsigned> numbers(const Value& value, unsigned most, const char* name) {
  if (!value.IsArray()) throw OsError{EINVAL, name, "not an array"};
  const auto list = value.As<Napi::Array>();
  std::vector<unsigned> found;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Value item = list.Get(i);
    const double number = item.IsNumber() ? item.As<Napi::Number>().DoubleValue() : -1;
    if (!(number >= 0 && number <= most && number == static_cast<unsigned>(number))) {
      throw OsError{EINVAL, name, "not a number from 0 to " + std::to_string(most)};
    }
    found.push_back(static_cast<unsigned>(number));
  }
  return found;
}

Cpuset set_of(const Value& value, const char* name) {
  Cpuset set;
  for (const unsigned member : numbers(value, Cpuset::kLargest, name)) set.add(member);
  return set;
}

std::vector<int> ids(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "ids", "not an array"};
  const auto list = value.As<Napi::Array>();
  std::vector<int> found;
  for (uint32_t i = 0; i < list.Length(); i++) found.push_back(static_cast<Value>(list.Get(i)).ToNumber().Int32Value());
  return found;
}

std::vector<std::string> texts(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "texts", "not an array"};
  const auto list = value.As<Napi::Array>();
  std::vector<std::string> found;
  for (uint32_t i = 0; i < list.Length(); i++) found.push_back(text_of(list.Get(i)));
  return found;
}

}  // namespace governor
