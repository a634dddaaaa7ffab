#include "run/fetch.hpp"

#include "base/atomic_file.hpp"
#include "base/detached.hpp"
#include "base/error.hpp"
#include "repo/payload_reader.hpp"
#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "run/fetch_absence.hpp"
#include "run/prefetch.hpp"
#include "run/prefetch_spool.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>

namespace pitr {

namespace {

constexpr const char* kSpool = ".pitrctl-spool";
// As the server's own: its umask decides whether the group may read.
constexpr mode_t kFileMode = 0640;
// How often a segment that has just been archived is looked for again.
constexpr int kAttempts = 3;

fs::path directory_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// The spool saves time; a fault in it is nobody's.
template <typename Action>
void without_fail(Action action) {
  try {
    action();
  } catch (const Error&) {
    return;
  }
}

class Fetcher {
 public:
  Fetcher(const Context& context, const FetchRequest& request)
      : context_(context),
        request_(request),
        spool_path_(directory_of(request.destination) / kSpool),
        repository_id_(request.repository_id) {
    report_.name = request.name;
    report_.destination = request.destination.native();
  }

  FetchReport run() {
    if (!take_from_spool()) get_from_repository();
    if (report_.origin == FetchReport::Origin::nowhere || request_.prefetch == 0) {
      remove_spool();
    } else if (delivered_) {
      without_fail([this] { go_ahead(); });
    }
    return std::move(report_);
  }

 private:
  // Where a segment that was delivered stands.
  struct Place {
    TimelineId timeline;
    SegmentNumber number;
  };

  bool take_from_spool() {
    if (request_.prefetch == 0) return false;
    std::optional<PrefetchSpool> spool;
    without_fail([&] { spool = PrefetchSpool::open(spool_path_); });
    if (!spool) return false;
    if (!repository_id_) open_repository();
    without_fail([&] {
      const auto taken = spool->take(request_.name, *repository_id_, request_.destination);
      if (taken) delivered_ = Place{taken->timeline, taken->number};
    });
    if (!delivered_) return false;
    report_.origin = FetchReport::Origin::spool;
    report_.size = fs::file_size(request_.destination);
    return true;
  }

  void get_from_repository() {
    if (!repository_) open_repository();
    const LogShipping* const shipping = engine_named(repository_->document().engine).shipping();
    if (shipping == nullptr) {
      throw Error(Errc::usage,
                  fmt::format("{} is a repository for {}, which asks for no log file by file",
                              repository_->store().location(), repository_->document().engine),
                  "check --repo; pitrctl restore brings such a database back");
    }
    const auto name = shipping->parse_name(request_.name);
    if (!name) {
      throw Error(Errc::usage, fmt::format("{} is not the name of a log file", request_.name),
                  "the server's restore_command asks for the right ones as %f");
    }
    if (name->kind == ShippedName::Kind::segment) {
      get_segment(*shipping, *name);
    } else {
      get_file(*shipping, *name);
    }
  }

  void open_repository() {
    repository_ = Repository::open(open_store(context_.repository_url, false));
    const std::string& id = repository_->document().id;
    if (request_.repository_id && *request_.repository_id != id) {
      throw Error(Errc::conflict,
                  fmt::format("the repository at {} is {}, not {}", repository_->store().location(), id,
                              *request_.repository_id),
                  "check --repo, and that the right file system is mounted there");
    }
    repository_id_ = id;
  }

  void get_segment(const LogShipping& shipping, const ShippedName& name) {
    const auto timeline = repository_->timeline(name.timeline);
    const auto identity = timeline ? std::optional(timeline->source) : archived_identity(*repository_);
    if (!identity) {
      throw Error(Errc::not_found, fmt::format("no log is archived in {}", repository_->store().location()),
                  "check --repo; recovery needs a repository that the server has archived into");
    }
    const SegmentNumber number = shipping.number_of(name, *identity);
    const FetchAbsence absence(*repository_, shipping, request_.bounds);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (const auto segment = repository_->open_segment(name.timeline, number)) {
        deliver([&](ByteSink& sink) { return copy_all(*segment->raw, sink); });
        delivered_ = Place{name.timeline, number};
        return;
      }
      if (auto reason = absence.of_segment({name, number}, *identity)) {
        report_.reason = std::move(*reason);
        return;
      }
    }
    throw Error(Errc::unavailable, fmt::format("{} keeps coming and going", name.text),
                "check whether something removes objects from the repository");
  }

  void get_file(const LogShipping& shipping, const ShippedName& name) {
    const auto raw = repository_->read_file(name.text);
    if (!raw) {
      report_.reason = FetchAbsence(*repository_, shipping, request_.bounds).of_file(name);
      return;
    }
    deliver([&](ByteSink& sink) {
      sink.write(*raw);
      return raw->size();
    });
  }

  // write: returns how many bytes it wrote.
  template <typename Write>
  void deliver(Write write) {
    without_fail([this] { sweep_temporaries(directory_of(request_.destination)); });
    AtomicFile file(request_.destination, kFileMode);
    report_.size = write(file);
    file.publish_replacing();
    report_.origin = FetchReport::Origin::repository;
  }

  // Has a process fill the spool, unless one does or enough lies ahead.
  void go_ahead() {
    const PrefetchRequest ahead{spool_path_,        *repository_id_,   delivered_->timeline,
                                delivered_->number, request_.prefetch, request_.bounds.require_through};
    const auto is_wanted = [&](const SpooledSegment& segment) {
      return segment.repository == ahead.repository_id && segment.timeline == ahead.timeline &&
             segment.number > ahead.after && segment.number.value - ahead.after.value <= ahead.count;
    };
    if (const auto spool = PrefetchSpool::open(spool_path_)) {
      spool->remove_unless(is_wanted);
      const auto segments = spool->segments();
      const auto there = std::count_if(segments.begin(), segments.end(), is_wanted);
      if (2 * static_cast<std::size_t>(there) >= ahead.count || spool->is_being_filled()) return;
    }
    run_detached([&] { prefetch(context_, ahead); });
  }

  void remove_spool() const {
    without_fail([this] {
      if (const auto spool = PrefetchSpool::open(spool_path_)) spool->remove();
    });
  }

  const Context& context_;
  const FetchRequest& request_;
  fs::path spool_path_;
  std::optional<std::string> repository_id_;
  std::optional<Repository> repository_;
  std::optional<Place> delivered_;
  FetchReport report_;
};

}  // namespace

FetchReport fetch(const Context& context, const FetchRequest& request) {
  return Fetcher(context, request).run();
}

}  // namespace pitr
