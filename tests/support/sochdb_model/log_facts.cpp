#include "support/sochdb_model/log_facts.hpp"

#include "support/sochdb_model/open_transactions.hpp"

#include <algorithm>
#include <utility>

namespace pitr::sochdb {

namespace {

class Collector {
 public:
  explicit Collector(LogPlace start) { facts_.start = start; }

  void add(const LogRecord& entry) {
    ++facts_.records;
    if (entry.record) {
      add(entry, *entry.record);
    } else {
      ++facts_.sealed;
    }
  }

  LogFacts finish(const LogStop& stop) {
    facts_.stop = stop;
    for (const auto& [xid, writes] : open_.all()) facts_.unfinished.push_back({{xid}, writes});
    std::sort(facts_.unfinished.begin(), facts_.unfinished.end(),
              [](const auto& a, const auto& b) { return a.xid < b.xid; });
    note_ambiguous();
    return std::move(facts_);
  }

 private:
  void add(const LogRecord& entry, const Record& record) {
    const TransactionEnd end{entry.start, entry.end, record.xid, record.time_us};
    switch (record.type) {
      case RecordType::begin:
        open_.begin(record.xid);
        break;
      case RecordType::data:
        ++open_.writes(record.xid);
        break;
      case RecordType::commit:
        add_commit(end);
        break;
      case RecordType::abort:
        open_.abort(record.xid);
        facts_.aborts.push_back(end);
        break;
      default:
        ++facts_.others[record.type];
        if (record.type == RecordType::checkpoint) facts_.last_checkpoint = entry.start;
    }
  }

  void add_commit(const TransactionEnd& end) {
    const auto writes = open_.commit(end.xid);
    facts_.commits.push_back({end, writes.has_value(), writes.value_or(0)});
    const auto time = clock_time(end.time_us);
    if (!time) return;
    if (!facts_.times) facts_.times = {*time, *time};
    facts_.times->first = std::min(facts_.times->first, *time);
    facts_.times->last = std::max(facts_.times->last, *time);
  }

  void note_ambiguous() {
    std::vector<Xid> xids;
    xids.reserve(facts_.commits.size());
    for (const Commit& commit : facts_.commits) xids.push_back(commit.xid);
    std::sort(xids.begin(), xids.end());
    for (std::size_t i = 1; i < xids.size(); ++i) {
      const bool is_new = facts_.ambiguous.empty() || facts_.ambiguous.back() != xids[i];
      if (xids[i] == xids[i - 1] && is_new) facts_.ambiguous.push_back(xids[i]);
    }
  }

  LogFacts facts_;
  OpenTransactions<std::uint64_t> open_;
};

}  // namespace

LogFacts read_log_facts(LogReader& reader) {
  Collector collector(reader.place());
  while (const auto record = reader.next()) collector.add(*record);
  return collector.finish(reader.stop());
}

}  // namespace pitr::sochdb
