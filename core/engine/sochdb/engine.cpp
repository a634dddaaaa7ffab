#include "engine/sochdb/engine.hpp"

#include "engine/sochdb/capture.hpp"
#include "engine/sochdb/replay.hpp"
#include "engine/sochdb/scan.hpp"
#include "engine/sochdb/segment_data.hpp"
#include "engine/sochdb/wording.hpp"

namespace pitr::sochdb {

namespace {

class SochdbEngine : public Engine {
 public:
  [[nodiscard]] std::string_view name() const override { return kEngineName; }
  [[nodiscard]] LsnNotation notation() const override { return LsnNotation::decimal; }
  [[nodiscard]] LogTraits log_traits() const override { return {.times = true}; }
  [[nodiscard]] std::string_view key_variable() const override { return "SOCHDB_ENCRYPTION_KEY"; }
  [[nodiscard]] std::string advice() const override { return truncation_advice(); }
  [[nodiscard]] SegmentFacts scan(const SegmentManifest& manifest, ByteSource& raw,
                                  const SourceKey* key) const override {
    return scan_segment(manifest, raw, key);
  }
  [[nodiscard]] std::unique_ptr<Capture> capture(const CaptureRequest& request) const override {
    return std::make_unique<SochdbCapture>(request);
  }
  [[nodiscard]] std::vector<std::string> remarks(const SnapshotManifest& snapshot) const override {
    return remarks_on(snapshot);
  }
  [[nodiscard]] std::vector<std::string> remarks(const SegmentManifest& segment) const override {
    return remarks_on(segment);
  }
  [[nodiscard]] std::uint64_t space_needed(const ChainContents& contents) const override {
    return sochdb::space_needed(contents);
  }
  [[nodiscard]] std::vector<std::string> check_recovery(const SnapshotManifest& snapshot,
                                                        const RecoveryOptions& options,
                                                        const fs::path& target) const override {
    RecoveryOptions others = options;
    others.generation_only = false;
    return Engine::check_recovery(snapshot, others, target);
  }
  ReplayResult replay(const ReplayRequest& request) const override { return sochdb::replay(request); }
};

}  // namespace

const Engine& engine() {
  static const SochdbEngine instance;
  return instance;
}

}  // namespace pitr::sochdb
