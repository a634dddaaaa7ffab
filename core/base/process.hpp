#pragma once

#include "base/file.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace pitr {

struct ProcessOptions {
  std::vector<std::string> command;                              // the program's path first
  std::vector<std::pair<std::string, std::string>> environment;  // besides, or instead of, our own
  std::optional<std::pair<uid_t, gid_t>> user;                   // whom it runs as; only root can change that
  fs::path directory = "/";                                      // where it runs
  int output = -1;                                               // descriptor for its output and errors
  int death_signal = 0;  // what it gets when the thread that started it ends
};

// A program that runs beside this one, in a session of its own, without input. Killed, if it still runs, when
// this object goes.
class Process {
 public:
  // Throws io_error when the program cannot be run.
  explicit Process(const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The exit status once it has ended, or 128 + the signal that ended it. ended() does not wait for it.
  std::optional<int> ended();
  int wait();
  void signal(int number) const;

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// This very program's file, as it is started. Throws io_error when that file is gone.
fs::path own_program();

// What a program writes on its standard output and error, at most 64 KiB; nothing when it cannot be run or
// fails.
std::optional<std::string> output_of(std::vector<std::string> command);

}  // namespace pitr
