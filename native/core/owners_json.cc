#include "core/owners_json.h"

#include "core/json.h"

namespace governor {

using json::Object;

namespace {

void append(std::string& out, const Module& module) {
  Object(out).with("path", module.path).with("deleted", module.deleted);
}

void append(std::string& out, const Routine& routine) {
  Object(out)
      .with("module", routine.module)
      .with("address", routine.address)
      .with("symbol", routine.symbol)
      .with("before", routine.before)
      .with("after", routine.after);
}

void append(std::string& out, const ModuleVariable& variable) {
  Object(out).with("module", variable.module).with("symbol", variable.symbol).with("value", variable.value);
}

template <typename T>
void append_records(std::string& out, const std::vector<T>& records) {
  json::append_list(out, records, [](std::string& to, const T& record) { append(to, record); });
}

// One number of all threads.
template <auto Field>
void append_column(std::string& out, const std::vector<ThreadOwner>& threads) {
  json::append_list(out, threads, [](std::string& to, const ThreadOwner& thread) {
    json::append(to, static_cast<int>(thread.*Field));
  });
}

}  // namespace

std::string to_json(const ProcessOwners& owners) {
  std::string out;
  {
    Object record(out);
    record.with("pid", owners.pid).with("denied", owners.denied).with("truncated", owners.truncated);
    append_records(record.begin("modules"), owners.modules);
    append_records(record.begin("routines"), owners.routines);
    append_records(record.begin("variables"), owners.variables);
    append_column<&ThreadOwner::tid>(record.begin("tid"), owners.threads);
    append_column<&ThreadOwner::kind>(record.begin("kind"), owners.threads);
    append_column<&ThreadOwner::start>(record.begin("start"), owners.threads);
    append_column<&ThreadOwner::argument>(record.begin("argument"), owners.threads);
    append_column<&ThreadOwner::working_for>(record.begin("workingFor"), owners.threads);
  }
  return out;
}

}  // namespace governor
