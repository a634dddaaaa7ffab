#include "engine/sqlite/engine.hpp"

#include "engine/sqlite/capture.hpp"
#include "engine/sqlite/replay.hpp"
#include "engine/sqlite/scan.hpp"

namespace pitr::sqlite {

namespace {

class SqliteEngine : public Engine {
 public:
  [[nodiscard]] std::string_view name() const override { return "sqlite"; }
  [[nodiscard]] LsnNotation notation() const override { return LsnNotation::decimal; }
  [[nodiscard]] SegmentFacts scan(const SegmentManifest& manifest, ByteSource& raw,
                                  const SourceKey* /*key*/) const override {
    return scan_segment(manifest, raw);
  }
  [[nodiscard]] std::unique_ptr<Capture> capture(const CaptureRequest& request) const override {
    return std::make_unique<SqliteCapture>(request);
  }
  [[nodiscard]] std::uint64_t space_needed(const ChainContents& contents) const override {
    return size_at(contents);
  }
  ReplayResult replay(const ReplayRequest& request) const override { return sqlite::replay(request); }
};

}  // namespace

const Engine& engine() {
  static const SqliteEngine instance;
  return instance;
}

}  // namespace pitr::sqlite
