// A thread that sets its name, then waits until its object is destroyed.
#pragma once
#include <sys/prctl.h>

#include <future>
#include <string>
#include <thread>

#include "core/platform/affinity.h"

class HelperThread {
 public:
  explicit HelperThread(const std::string& name = "helper") {
    std::promise<int> started;
    auto tid = started.get_future();
    thread_ = std::thread([name, &started, end = end_.get_future()]() mutable {
      ::prctl(PR_SET_NAME, name.c_str());
      started.set_value(governor::thread_id());
      end.wait();
    });
    tid_ = tid.get();
  }
  ~HelperThread() {
    end_.set_value();
    thread_.join();
  }
  HelperThread(const HelperThread&) = delete;
  HelperThread& operator=(const HelperThread&) = delete;
  int tid() const { return tid_; }

 private:
  std::promise<void> end_;
  std::thread thread_;
  int tid_ = 0;
};
