// Plain records as JavaScript values. Each subject of native/addon adds the to_js of its own records.
#pragma once
#include <napi.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/cpuset.h"

namespace governor {  // not unnamed: the overloads of to_js are found by their argument's namespace

using Napi::Value;

inline Value to_js(Napi::Env, const Value& value) { return value; }
inline Value to_js(Napi::Env env, int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }
inline Value to_js(Napi::Env env, int value) { return Napi::Number::New(env, value); }
inline Value to_js(Napi::Env env, unsigned value) { return Napi::Number::New(env, value); }
inline Value to_js(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }
inline Value to_js(Napi::Env env, const std::string& value) { return Napi::String::New(env, value); }
inline Value to_js(Napi::Env env, const Cpuset& set);

template <typename T>
inline Value to_js(Napi::Env env, const std::optional<T>& value) {
  return value ? to_js(env, *value) : env.Null();
}

template <typename T>
inline Value to_js(Napi::Env env, const std::vector<T>& values) {
  auto list = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); i++) list.Set(i, to_js(env, values[i]));
  return list;
}

inline Value to_js(Napi::Env env, const Cpuset& set) { return to_js(env, set.cpus()); }

// A plain object, filled field by field.
class Record {
 public:
  explicit Record(Napi::Env env) : env_(env), object_(Napi::Object::New(env)) {}
  template <typename T>
  Record& with(const char* name, const T& value) {
    object_.Set(name, to_js(env_, value));
    return *this;
  }
  operator Value() const { return object_; }

 private:
  Napi::Env env_;
  Napi::Object object_;
};

// One number of many records as a typed array: 10,000 threads become a dozen arrays, not 10,000 objects.
template <typename Array, typename Records, typename Get>
Value column(Napi::Env env, const Records& records, Get get) {
  auto list = Array::New(env, records.size());
  for (size_t i = 0; i < records.size(); i++) {
    list[i] = static_cast<typename std::remove_reference_t<decltype(list[i])>>(get(records[i]));
  }
  return list;
}

template <auto Field, typename Records>
Value whole_column(Napi::Env env, const Records& records) {
  return column<Napi::Int32Array>(env, records, [](const auto& record) { return record.*Field; });
}

template <auto Field, typename Records>
Value wide_column(Napi::Env env, const Records& records) {
  return column<Napi::Float64Array>(env, records, [](const auto& record) { return record.*Field; });
}

// NaN = not reported.
template <auto Field, typename Records>
Value optional_column(Napi::Env env, const Records& records) {
  return column<Napi::Float64Array>(env, records, [](const auto& record) {
    return record.*Field ? static_cast<double>(*(record.*Field)) : std::numeric_limits<double>::quiet_NaN();
  });
}

}  // namespace governor
