#pragma once
#include <algorithm>
#include <vector>

#include "core/platform/processes.h"

using governor::FollowedProcess;

inline const FollowedProcess* find(const std::vector<FollowedProcess>& tree, int pid) {
  const auto found = std::find_if(tree.begin(), tree.end(), [&](const auto& one) { return one.pid == pid; });
  return found == tree.end() ? nullptr : &*found;
}
