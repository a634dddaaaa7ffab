#include "engine/postgresql/segment_facts.hpp"

#include "base/error.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// The whole of an id of which the log holds the lower half: the one nearest to another that was given out at
// about that time.
Xid widened(Xid low, std::optional<Xid> near) {
  if (!near) return low;
  const auto distance = static_cast<std::int32_t>(static_cast<std::uint32_t>(low.value) -
                                                  static_cast<std::uint32_t>(near->value));
  return {near->value + static_cast<std::uint64_t>(std::int64_t{distance})};
}

// A database may be in an encoding that JSON cannot hold.
std::string readable_name(const std::string& name) { return is_utf8(name) ? name : percent_encode(name); }

class FactReader {
 public:
  FactReader(const SegmentScan& scan, const StateBefore& before, const std::string& what)
      : scan_(scan), before_(before), what_(what) {
    if (before.next_xid) {
      near_ = before.next_xid;
    } else if (scan.first_checkpoint) {
      near_ = scan.first_checkpoint->next_xid;
    }
  }

  LogFacts run() {
    facts_.facts.records = scan_.records;
    facts_.next_xid = before_.next_xid;
    if (scan_.last_checkpoint) facts_.next_xid = scan_.last_checkpoint->next_xid;
    read_incoming();
    for (const TransactionEnd& end : scan_.ends) add(end);
    for (const NamedPoint& point : scan_.restore_points) add(point);
    if (scan_.last_checkpoint) note(scan_.last_checkpoint->time);
    if (scan_.outgoing) facts_.leaves = begin_crossing(*scan_.outgoing);
    return std::move(facts_);
  }

 private:
  void read_incoming() {
    if (!before_.enters || !scan_.incoming) return;
    const CrossingRecord& enters = *before_.enters;
    if (!scan_.incoming->end) {
      facts_.leaves = extend_crossing(enters, *scan_.incoming, what_);
      return;
    }
    const auto record = complete_crossing(enters, *scan_.incoming, what_);
    ++facts_.facts.records;
    if (!record) return;
    const auto content = decode_record(*record, scan_.header.major);
    if (!content) {
      throw Error(Errc::corrupt,
                  fmt::format("{} is damaged: the parts of the record that goes on from LSN {} do not add up",
                              what_, format_lsn(enters.start, LsnNotation::hex_pair)));
    }
    const Lsn end = *scan_.incoming->end;
    if (const auto* transaction = std::get_if<TransactionRecord>(&*content)) {
      if (transaction->kind != TransactionRecord::Kind::prepare) add({enters.start, end, *transaction});
    } else if (const auto* point = std::get_if<RestorePointRecord>(&*content)) {
      add({enters.start, end, *point});
    } else if (const auto* checkpoint = std::get_if<CheckpointRecord>(&*content)) {
      note(checkpoint->time);
    }
  }

  void add(const TransactionEnd& end) {
    const Timestamp time = end.record.time;
    const Xid xid = widened(end.record.xid, near_);
    note(time);
    facts_.facts.timed.push_back({end.start, end.end, time, xid});
    if (!facts_.xids) facts_.xids = XidBounds{xid, xid};
    facts_.xids = XidBounds{std::min(facts_.xids->min, xid), std::max(facts_.xids->max, xid)};
    if (end.record.kind == TransactionRecord::Kind::commit)
      facts_.facts.commits.push_back({{end.end, time, xid}, time, time});
  }

  void add(const NamedPoint& point) {
    note(point.record.time);
    facts_.restore_points.push_back(
        {readable_name(point.record.name), {point.end, point.record.time, std::nullopt}});
  }

  void note(Timestamp time) { facts_.latest = std::max(facts_.latest.value_or(time), time); }

  const SegmentScan& scan_;
  const StateBefore& before_;
  const std::string& what_;
  std::optional<Xid> near_;
  LogFacts facts_;
};

}  // namespace

LogFacts read_facts(const SegmentScan& scan, const StateBefore& before, const std::string& what) {
  return FactReader(scan, before, what).run();
}

}  // namespace pitr::postgresql
