#include "core/platform/reader.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const Reader& reader) {
  return Record(env).with("pid", reader.pid).with("output", reader.output);
}

static Napi::Array array_of(const Value& value, uint32_t length) {
  if (!value.IsArray()) throw OsError{EINVAL, "request", "not an array"};
  const auto array = value.As<Napi::Array>();
  if (array.Length() < length) throw OsError{EINVAL, "request", "too short an array"};
  return array;
}

static int64_t number_at(const Napi::Array& array, uint32_t index) {
  return static_cast<Value>(array.Get(index)).ToNumber().Int64Value();
}

// {pid, address, most}
static StackPlace stack_of(const Value& value) {
  if (!value.IsObject()) throw OsError{EINVAL, "stack", "not an object"};
  const auto record = value.As<Napi::Object>();
  const auto field = [&](const char* name) { return static_cast<Value>(record.Get(name)).ToNumber().Int64Value(); };
  return {static_cast<int>(field("pid")), static_cast<uint64_t>(field("address")), static_cast<size_t>(field("most"))};
}

// [[pid, startTime, [tid, …], [[address, from, to], …]], …]
static std::vector<PoolChanges> changes_of(const Value& value) {
  if (!value.IsArray()) throw OsError{EINVAL, "changes", "not an array"};
  std::vector<PoolChanges> found;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const auto of_process = array_of(list.Get(i), 4);
    const auto changes = array_of(of_process.Get(3u), 0);
    PoolChanges wanted{.pid = static_cast<int>(number_at(of_process, 0)),
                       .start_time = number_at(of_process, 1),
                       .tids = ids(of_process.Get(2u)),
                       .changes = {}};
    for (uint32_t k = 0; k < changes.Length(); k++) {
      const auto change = array_of(changes.Get(k), 3);
      wanted.changes.push_back(
          {static_cast<uint64_t>(number_at(change, 0)), number_at(change, 1), number_at(change, 2)});
    }
    found.push_back(std::move(wanted));
  }
  return found;
}

// {stack, paths, followLinks, threads, variables, pools, changes, limits}
static ReadRequest request_of(const Value& value) {
  if (!value.IsObject()) throw OsError{EINVAL, "request", "not an object"};
  const auto record = value.As<Napi::Object>();
  const auto field = [&](const char* name) { return static_cast<Value>(record.Get(name)); };
  return {.stack = stack_of(field("stack")),
          .paths = texts(field("paths")),
          .follow_links = field("followLinks").ToBoolean(),
          .threads = threads_of(field("threads")),
          .variables = texts(field("variables")),
          .pools = threads_of(field("pools")),
          .changes = changes_of(field("changes")),
          .limits = limits_of(field("limits"))};
}

static void define_reader(Napi::Object& exports) {
  define<LATER([request = request_of(info[0])] { return start_reader(request); })>(exports, "startReader");
  define<ANSWER(reap_reader(whole(info, 0)))>(exports, "reapReader");
}

}  // namespace governor
