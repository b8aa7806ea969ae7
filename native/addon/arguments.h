// Arguments of a call as C++ values. What is not of the expected type throws OsError EINVAL.
#pragma once
#include <napi.h>

#include <string>
#include <vector>

#include "core/cpuset.h"

namespace governor {

using Napi::CallbackInfo;
using Napi::Value;

int whole(const CallbackInfo& info, size_t index);
std::string text_of(const Value& value);
std::string text(const CallbackInfo& info, size_t index);
// An array of whole numbers from 0 to `most`; `name` is what an error calls it.
std::vector<unsigned> numbers(const Value& value, unsigned most, const char* name);
Cpuset set_of(const Value& value, const char* name);
std::vector<int> ids(const Value& value);
std::vector<std::string> texts(const Value& value);

}  // namespace governor
