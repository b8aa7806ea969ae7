// Locks that live as long as any process has this very opening of the directory or file open. Each call returns at
// once.
#pragma once
#include "core/error.h"

namespace governor {

bool lock_directory(int directory);  // false: another opening has it
bool lock_file(int file);            // open for writing; false: another opening has it
bool is_locked(int file);            // by an opening for writing other than this one

}  // namespace governor
