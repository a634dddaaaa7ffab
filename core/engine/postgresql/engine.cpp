#include "engine/postgresql/engine.hpp"

#include "engine/postgresql/recovery_check.hpp"
#include "engine/postgresql/replay.hpp"
#include "engine/postgresql/shipping.hpp"
#include "engine/postgresql/snapshot_data.hpp"
#include "engine/postgresql/stored_segment.hpp"

namespace pitr::postgresql {

namespace {

class PostgresqlEngine : public Engine {
 public:
  [[nodiscard]] std::string_view name() const override { return "postgresql"; }
  [[nodiscard]] LsnNotation notation() const override { return LsnNotation::hex_pair; }
  [[nodiscard]] LogTraits log_traits() const override { return {true, true, true}; }
  [[nodiscard]] SegmentFacts scan(const SegmentManifest& manifest, ByteSource& raw,
                                  const SourceKey* /*key*/) const override {
    return scan_stored_segment(manifest, raw);
  }
  [[nodiscard]] const LogShipping* shipping() const override { return &postgresql::shipping(); }
  using Engine::remarks;
  [[nodiscard]] std::vector<std::string> remarks(const SnapshotManifest& snapshot) const override {
    return postgresql::remarks(snapshot);
  }
  [[nodiscard]] std::uint64_t space_needed(const ChainContents& contents) const override {
    return postgresql::space_needed(contents);
  }
  [[nodiscard]] std::vector<OtherDirectory> other_directories(const ChainContents& contents,
                                                              const RecoveryOptions& options,
                                                              const fs::path& target) const override {
    return postgresql::other_directories(contents, options, target);
  }
  [[nodiscard]] std::vector<std::string> check_recovery(const SnapshotManifest& snapshot,
                                                        const RecoveryOptions& options,
                                                        const fs::path& target) const override {
    refuse_generation_only(options);
    return postgresql::check_recovery(snapshot, options, target);
  }
  [[nodiscard]] std::vector<std::string> foreign_entries(const ChainContents& contents,
                                                         const RecoveryOptions& options,
                                                         const RestorePlace& place) const override {
    return postgresql::foreign_entries(contents, options, place);
  }
  ReplayResult replay(const ReplayRequest& request) const override { return postgresql::replay(request); }
};

}  // namespace

const Engine& engine() {
  static const PostgresqlEngine instance;
  return instance;
}

}  // namespace pitr::postgresql
