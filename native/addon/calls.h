// Calls a function of core/platform: at once, or off the main thread with a promise. An OsError becomes a JavaScript
// Error with code, errno, syscall and subject.
#pragma once
#include <napi.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <new>
#include <optional>

#include "addon/to_js.h"
#include "core/error.h"

namespace governor {

inline const char* code_name(int code) {
  switch (code) {
    case EACCES: return "EACCES";
    case EAFNOSUPPORT: return "EAFNOSUPPORT";
    case EAGAIN: return "EAGAIN";
    case ECONNRESET: return "ECONNRESET";
    case EFBIG: return "EFBIG";
    case EINVAL: return "EINVAL";
    case EIO: return "EIO";
    case ELOOP: return "ELOOP";
    case EMFILE: return "EMFILE";
    case ENAMETOOLONG: return "ENAMETOOLONG";
    case ENFILE: return "ENFILE";
    case ENOBUFS: return "ENOBUFS";
    case ENOENT: return "ENOENT";
    case ENOLCK: return "ENOLCK";
    case ENOMEM: return "ENOMEM";
    case ENOSPC: return "ENOSPC";
    case ENOSYS: return "ENOSYS";
    case ENOTDIR: return "ENOTDIR";
    case ENOTSUP: return "ENOTSUP";
    case EPERM: return "EPERM";
    case EPIPE: return "EPIPE";
    case ESRCH: return "ESRCH";
    default: return "EUNKNOWN";
  }
}

inline Napi::Error to_error(Napi::Env env, const OsError& error) {
  Napi::Error js = Napi::Error::New(env, error.syscall + " " + error.subject + ": " + strerror(error.code));
  js.Set("code", Napi::String::New(env, code_name(error.code)));
  js.Set("errno", Napi::Number::New(env, error.code));
  js.Set("syscall", Napi::String::New(env, error.syscall));
  js.Set("subject", Napi::String::New(env, error.subject));
  return js;
}

inline OsError no_memory() { return {ENOMEM, "malloc", "memory"}; }

template <typename Call>
Napi::Value answer(const Napi::CallbackInfo& info, Call call) {
  const Napi::Env env = info.Env();
  try {
    return call();
  } catch (const OsError& error) {
    to_error(env, error).ThrowAsJavaScriptException();
  } catch (const std::bad_alloc&) {
    to_error(env, no_memory()).ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    Napi::Error::New(env, error.what()).ThrowAsJavaScriptException();
  }
  return env.Undefined();
}

template <typename Result>
class Job : public Napi::AsyncWorker {
 public:
  Job(Napi::Env env, std::function<Result()> work)
      : AsyncWorker(env, "thread-governor"), work_(std::move(work)), promise_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise promise() const { return promise_.Promise(); }

 private:
  void Execute() override {
    try {
      result_ = work_();
    } catch (const OsError& error) {
      error_ = error;
    } catch (const std::bad_alloc&) {
      error_ = no_memory();
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }
  void OnOK() override {
    const Napi::HandleScope scope(Env());
    if (error_) {
      promise_.Reject(to_error(Env(), *error_).Value());
    } else {
      promise_.Resolve(to_js(Env(), *result_));
    }
  }
  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

  std::function<Result()> work_;
  Napi::Promise::Deferred promise_;
  std::optional<Result> result_;
  std::optional<OsError> error_;
};

// `work` holds the arguments, converted on the main thread before.
template <typename Work>
Napi::Value later(Napi::Env env, Work work) {
  auto* job = new Job<decltype(work())>(env, std::move(work));  // deletes itself when it is done
  const auto promise = job->promise();
  job->Queue();
  return promise;
}

// Exports a function under a name. A call that throws OsError throws in JavaScript.
template <auto Function>
void define(Napi::Object& exports, const char* name) {
  const auto call = [](const Napi::CallbackInfo& info) {
    return answer(info, [&]() -> Value { return Function(info); });
  };
  exports.Set(name, Napi::Function::New(exports.Env(), call, name));
}

// Functions for define(): the value of an expression, nothing after a statement, a promise of work off the main thread.
#define ANSWER(expression) [](const Napi::CallbackInfo& info) -> Value { return to_js(info.Env(), expression); }
#define DO(statement)                           \
  [](const Napi::CallbackInfo& info) -> Value { \
    statement;                                  \
    return info.Env().Undefined();              \
  }
#define LATER(...) [](const Napi::CallbackInfo& info) -> Value { return later(info.Env(), __VA_ARGS__); }

}  // namespace governor
