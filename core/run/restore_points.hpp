#pragma once

#include "model/restore_point.hpp"
#include "run/archive.hpp"
#include "run/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pitr {

struct CreateRestorePointRequest {
  std::string name;
  std::string description;
  // The source is archived first, so that the point is there; a server writes it into its log, and hands that
  // over.
  ArchiveRequest archive;
};

struct CreateRestorePointReport {
  RestorePoint restore_point;
  LsnNotation notation = LsnNotation::decimal;
  std::optional<ArchiveReport> archive;  // absent of a server
  bool archived = true;                  // the point can be restored now
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
