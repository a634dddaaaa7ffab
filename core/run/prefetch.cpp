#include "run/prefetch.hpp"

#include "base/error.hpp"
#include "base/worker_pool.hpp"
#include "repo/payload_reader.hpp"
#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "run/fetch_absence.hpp"
#include "run/prefetch_spool.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

namespace pitr {

namespace {

// Segments' worth of space that is left to the server.
constexpr std::uint64_t kSpareSegments = 16;

class Prefetch {
 public:
  Prefetch(const PrefetchRequest& request, const PrefetchSpool& spool, const PrefetchSpool::Filling& filling,
           const Repository& repository)
      : request_(request), spool_(spool), filling_(filling), repository_(repository) {}

  void run(std::size_t jobs) {
    const std::vector<SpooledSegment> wanted = wanted_segments();
    if (wanted.empty()) return;
    WorkerPool pool(std::min(jobs, wanted.size()));
    std::atomic<bool> ended = false;
    ordered_parallel(
        pool, wanted.size(), pool.size(),
        [&](std::size_t i) {
          if (!ended && !get(wanted[i])) ended = true;
          return ended.load();
        },
        [](std::size_t, bool) {});
  }

 private:
  [[nodiscard]] std::vector<SpooledSegment> wanted_segments() const {
    const LogShipping* const shipping = engine_named(repository_.document().engine).shipping();
    const auto document = repository_.timeline(request_.timeline);
    const auto identity = document ? std::optional(document->source) : archived_identity(repository_);
    if (shipping == nullptr || !identity) return {};
    const std::vector<SpooledSegment> there = spool_.segments();
    std::vector<SpooledSegment> wanted;
    for (std::uint64_t i = 1; i <= request_.count; ++i) {
      const SegmentNumber number{request_.after.value + i};
      if (is_beyond(*shipping, *identity, request_.until, number)) break;
      const bool is_there = std::any_of(there.begin(), there.end(), [&](const SpooledSegment& segment) {
        return segment.number == number && segment.timeline == request_.timeline &&
               segment.repository == request_.repository_id;
      });
      if (is_there) continue;
      const ShippedName name = shipping->segment_name(request_.timeline, number, *identity);
      wanted.push_back({name.text, request_.timeline, number, request_.repository_id, {}});
    }
    return wanted;
  }

  // On any thread. False when there is nothing more to be had.
  [[nodiscard]] bool get(const SpooledSegment& wanted) const {
    try {
      const auto segment = repository_.open_segment(wanted.timeline, wanted.number);
      if (!segment || filling_.is_abandoned()) return false;
      const PayloadManifest& payload = segment->manifest.payload;
      if (free_space(request_.spool) / (kSpareSegments + 1) < payload.size) return false;
      return filling_.add(wanted, [&](ByteSink& sink) {
        copy_all(*segment->raw, sink);
        return payload.xxh3;
      });
    } catch (const Error&) {
      return false;
    }
  }

  const PrefetchRequest& request_;
  const PrefetchSpool& spool_;
  const PrefetchSpool::Filling& filling_;
  const Repository& repository_;
};

void fill(const Context& context, const PrefetchRequest& request, const PrefetchSpool& spool,
          const PrefetchSpool::Filling& filling) {
  const Repository repository = Repository::open(open_store(context.repository_url, false));
  if (repository.document().id != request.repository_id) return;
  Prefetch(request, spool, filling, repository).run(context.jobs);
}

}  // namespace

void prefetch(const Context& context, const PrefetchRequest& request) {
  try {
    const PrefetchSpool spool = PrefetchSpool::open_or_create(request.spool);
    const auto filling = spool.begin_filling();
    if (!filling) return;
    try {
      fill(context, request, spool, *filling);
    } catch (const Error&) {
      // The next who needs the log meets the same, and tells.
    }
    if (filling->is_abandoned()) spool.remove_if_empty();
  } catch (const Error&) {
    // The spool only saves time.
  }
}

}  // namespace pitr
