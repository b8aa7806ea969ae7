#include "core/platform/owners.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"
#include "core/owners_json.h"

namespace governor {

// [[pid, [tid, …]], …]
static ThreadsOfProcesses threads_of(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "threads", "not an array"};
  ThreadsOfProcesses found;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Value item = list.Get(i);
    if (!item.IsArray()) throw OsError{EINVAL, "threads", "not a pair of a pid and its tids"};
    const auto pair = item.As<Napi::Array>();
    found.emplace_back(static_cast<Value>(pair.Get(0u)).ToNumber().Int32Value(), ids(pair.Get(1u)));
  }
  return found;
}

// {cpuMs, bytes, memory}
static ReadLimits limits_of(const Value& value) {
  if (!value.IsObject()) throw OsError{EINVAL, "limits", "not an object"};
  const auto record = value.As<Napi::Object>();
  const auto field = [&](const char* name) { return static_cast<Value>(record.Get(name)).ToNumber().Int64Value(); };
  return {field("cpuMs"), field("bytes"), field("memory")};
}

static std::vector<std::string> owners_json(const ThreadsOfProcesses& threads,
                                            const std::vector<std::string>& variables, const ReadLimits& limits) {
  std::vector<std::string> found;
  read_owners(
      threads, variables, limits, [](int) {}, [&](const ProcessOwners& owners) { found.push_back(to_json(owners)); });
  return found;
}

static void define_owners(Napi::Object& exports) {
  define<LATER([threads = threads_of(info[0]), variables = texts(info[1]), limits = limits_of(info[2])] {
    return owners_json(threads, variables, limits);
  })>(exports, "readOwners");
}

}  // namespace governor
