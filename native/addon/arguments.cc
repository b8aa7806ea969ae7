#include "addon/arguments.h"

#include <cerrno>

#include "core/error.h"

namespace governor {

int whole(const CallbackInfo& info, size_t index) { return info[index].ToNumber().Int32Value(); }

std::string text(const CallbackInfo& info, size_t index) { return info[index].ToString().Utf8Value(); }

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
  for (uint32_t i = 0; i < list.Length(); i++) found.push_back(static_cast<Value>(list.Get(i)).ToString().Utf8Value());
  return found;
}

}  // namespace governor
