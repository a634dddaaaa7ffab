#pragma once

#include "model/restore_point.hpp"
#include "run/archive.hpp"
#include "run/context.hpp"

#include <string>
#include <vector>

namespace pitr {

struct CreateRestorePointRequest {
  std::string name;
  std::string description;
  ArchiveRequest archive;  // the source is archived first, so that the point is there
};

struct CreateRestorePointReport {
  RestorePoint restore_point;
  LsnNotation notation = LsnNotation::decimal;
  ArchiveReport archive;
};

struct DeleteRestorePointReport {
  RestorePoint restore_point;
  LsnNotation notation = LsnNotation::decimal;
};

CreateRestorePointReport create_restore_point(const Context& context,
                                              const CreateRestorePointRequest& request);

// name: "NAME" or "NAME@LSN". Throws not_found, ambiguous_target where several have the name, and usage for
// one that stands in the log.
DeleteRestorePointReport delete_restore_point(const Context& context, const std::string& name);

}  // namespace pitr
