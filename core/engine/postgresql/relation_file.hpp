#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pitr::postgresql {

// The name of a file that holds pages of a relation: "16384", "16384_vm", "16384.1", "t3_16384_fsm.2".
struct RelationFile {
  std::string_view relation;  // its number, in digits
  std::string_view fork;      // empty (the main one), "fsm", "vm" or "init"
  std::uint32_t segment = 0;
  bool is_temporary = false;  // a session's own
};

// Nothing when it is no such name. What it returns points into name.
std::optional<RelationFile> parse_relation_file(std::string_view name);

}  // namespace pitr::postgresql
