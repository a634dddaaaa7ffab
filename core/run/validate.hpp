#pragma once

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "run/context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr {

enum class ValidateLevel {
  chain,      // names, manifests, sizes, continuity
  checksums,  // and every stored byte
  records,    // and every record in the log
};

struct Finding {
  Errc code = Errc::corrupt;  // corrupt, wal_gap, log_conflict, ...
  std::string object;         // empty where it concerns none
  std::string message;
};

struct SourceComparison {
  std::string source;
  std::optional<std::uint64_t> commits_not_archived;  // absent: cannot be told
  std::string message;
};

struct ValidateRequest {
  ValidateLevel level = ValidateLevel::chain;
  std::optional<fs::path> source;
};

struct ValidateReport {
  std::string repository;
  ValidateLevel level = ValidateLevel::chain;
  std::vector<Finding> findings;  // what makes it unhealthy
  std::vector<std::string>
      notes;  // what a healthy repository may hold, such as an unfinished snapshot's packs
  std::vector<std::string> remarks;  // what must be known of the log before it is relied on, each once
  std::optional<SourceComparison> source;
  std::uint64_t objects = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t segments = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t windows = 0;
  Duration duration{};
  [[nodiscard]] bool healthy() const { return findings.empty(); }
};

ValidateReport validate(const Context& context, const ValidateRequest& request);

}  // namespace pitr
