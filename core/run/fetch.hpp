#pragma once

#include "base/file.hpp"
#include "model/ids.hpp"
#include "run/context.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace pitr {

// How far a recovery goes, as whoever planned it says.
struct RecoveryBounds {
  std::optional<TimelineId> timeline;  // the one it ends on
  std::optional<Lsn> require_through;  // every segment that begins before it is needed
};

struct FetchRequest {
  std::string name;      // of a log file
  fs::path destination;  // where it goes; what has the name is replaced
  std::optional<std::string> repository_id;
  RecoveryBounds bounds;
  std::size_t prefetch = 8;  // segments that are got ahead of time
};

struct FetchReport {
  enum class Origin { repository, spool, nowhere };
  Origin origin = Origin::nowhere;
  std::string name;
  std::string destination;
  std::uint64_t size = 0;
  std::string reason;  // of nowhere: why the file certainly is not archived
};

// Gives a database that recovers a file of its log: whole, verified, and in one step. It is not made durable;
// the server reads it at once, and asks again after a crash. What it will ask for next is then got ahead of
// time, into a folder beside the destination, by a process that outlives this one; so there must be only one
// thread. Nowhere means that the file certainly is not in the archive; whatever else stands in the way, and
// every absence that may be a loss, is thrown.
FetchReport fetch(const Context& context, const FetchRequest& request);

}  // namespace pitr
