#include "engine/postgresql/engine.hpp"

#include "engine/postgresql/shipping.hpp"
#include "engine/postgresql/stored_segment.hpp"

namespace pitr::postgresql {

namespace {

class PostgresqlEngine : public Engine {
 public:
  [[nodiscard]] std::string_view name() const override { return "postgresql"; }
  [[nodiscard]] LsnNotation notation() const override { return LsnNotation::hex_pair; }
  [[nodiscard]] LogTraits log_traits() const override { return {true, true, true}; }
  [[nodiscard]] SegmentFacts scan(const SegmentManifest& manifest, ByteSource& raw) const override {
    return scan_stored_segment(manifest, raw);
  }
  [[nodiscard]] const LogShipping* shipping() const override { return &postgresql::shipping(); }
  [[nodiscard]] std::uint64_t space_needed(const ChainContents& contents) const override {
    return contents.snapshot().size;
  }
  ReplayResult replay(const ReplayRequest& /*request*/) const override { return {}; }
};

}  // namespace

const Engine& engine() {
  static const PostgresqlEngine instance;
  return instance;
}

}  // namespace pitr::postgresql
