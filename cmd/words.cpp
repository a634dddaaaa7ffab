#include "cmd/words.hpp"

namespace pitr::cmd {

std::string_view level_name(ValidateLevel level) {
  switch (level) {
    case ValidateLevel::chain:
      return "chain";
    case ValidateLevel::checksums:
      return "checksums";
    case ValidateLevel::records:
      return "records";
  }
  return "";
}

std::string_view subject_name(ListSubject subject) {
  switch (subject) {
    case ListSubject::overview:
      return "overview";
    case ListSubject::windows:
      return "windows";
    case ListSubject::snapshots:
      return "snapshots";
    case ListSubject::segments:
      return "segments";
    case ListSubject::timelines:
      return "timelines";
    case ListSubject::restore_points:
      return "restore-points";
    case ListSubject::transactions:
      return "transactions";
  }
  return "";
}

std::string_view window_end_name(WindowEnd end) {
  switch (end) {
    case WindowEnd::head:
      return "head";
    case WindowEnd::gap:
      return "gap";
    case WindowEnd::conflict:
      return "conflict";
  }
  return "";
}

}  // namespace pitr::cmd
