#include "run/archive_file.hpp"

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/worker_pool.hpp"
#include "run/shipped_timelines.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>

namespace pitr {

namespace {

// Temporaries that dead writers left are looked for once in so many segments: it takes a look at every name.
constexpr std::uint64_t kSweepEvery = 64;

// Whether a file holds a segment's raw bytes.
bool holds(const fs::path& path, const PayloadManifest& payload) {
  constexpr std::size_t kPiece = std::size_t{256} << 10U;
  const Fd fd = open_file(path, O_RDONLY | O_NONBLOCK);
  Bytes piece(kPiece);
  DigestStream digest;
  std::uint64_t size = 0;
  while (const std::size_t got = read_at(fd.get(), piece, size, path)) {
    digest.update(ByteView(piece).first(got));
    size += got;
  }
  return size == payload.size && digest.digest() == payload.xxh3;
}

// A file on its way into the repository.
struct Item {
  fs::path path;
  ShippedName name;
};

// What can be done to a segment before those before it are stored.
struct Prepared {
  std::unique_ptr<ShippedSegment> segment;
  std::unique_ptr<const PayloadBuilder> payload;
  std::exception_ptr failure;
};

class FileArchiver {
 public:
  FileArchiver(const Context& context, const ArchiveRequest& request, const Repository& repository,
               const Engine& engine)
      : context_(context),
        request_(request),
        repository_(repository),
        shipping_(*engine.shipping()),
        timelines_(context, repository, shipping_, request.source.parent_path()) {
    report_.notation = engine.notation();
  }

  ArchiveReport run() {
    const Item asked{request_.source, name_of(request_.source)};
    report_.timeline = asked.name.timeline;
    if (is_stored(asked)) return std::move(report_);
    for (const ShippedName& name :
         shipping_.waiting_beside(asked.path, request_.ahead.value_or(kUsualAhead))) {
      Item item{asked.path.parent_path() / name.text, name};
      if (name.kind == ShippedName::Kind::history) {
        ahead([&] { store_file(item); });
      } else {
        waiting_.push_back(std::move(item));
      }
    }
    if (asked.name.kind == ShippedName::Kind::segment) {
      store_segments(asked);
    } else {
      store_file(asked);
    }
    return std::move(report_);
  }

 private:
  [[nodiscard]] ShippedName name_of(const fs::path& path) const {
    if (fs::is_directory(path)) {
      throw Error(Errc::usage, fmt::format("{} is a directory", path.native()),
                  "give the server archive_command = 'pitrctl archive --repo URL %p', which hands over its "
                  "log file by file");
    }
    auto name = shipping_.parse_name(path.filename().native());
    if (!name) {
      throw Error(Errc::corrupt, fmt::format("{} is not the name of a log file", path.filename().native()),
                  "the server's archive_command hands over the right ones as %p");
    }
    return *name;
  }

  // What must not keep the file that was asked for from being reported as archived.
  template <typename Action>
  void ahead(Action action) {
    try {
      action();
    } catch (const Error& error) {
      context_.warn(fmt::format("not archived ahead of time: {}", error.what()));
    }
  }

  // Whether the very segment is there already. Throws Errc::conflict when another one is.
  bool is_stored(const Item& item) {
    if (item.name.kind != ShippedName::Kind::segment) return false;
    const TimelineDocument* timeline = timelines_.find(item.name.timeline);
    if (timeline == nullptr) return false;
    const auto stored =
        repository_.segment(item.name.timeline, shipping_.number_of(item.name, timeline->source));
    if (!stored) return false;
    if (!holds(item.path, stored->payload)) throw_taken(item);
    report_.head = head_of(*stored);
    return true;
  }

  [[noreturn]] static void throw_taken(const Item& item) {
    throw Error(
        Errc::conflict, fmt::format("another {} with other bytes is archived already", item.name.text),
        "two servers archive into this repository, or one was restored without a timeline of its own; "
        "nothing was overwritten");
  }

  void store_file(const Item& item) {
    const Bytes raw = shipping_.read_file(item.path, item.name);
    if (const auto identity = shipping_.identity_of_file(item.path, item.name, raw))
      timelines_.check_identity(*identity);
    const auto creation = repository_.create_file(item.name.text, raw);
    if (creation == Repository::Creation::lost) throw_taken(item);
    if (creation == Repository::Creation::created) report_.files.push_back(item.name.text);
  }

  void store_segments(const Item& asked) {
    std::vector<Item> items{asked};
    std::copy_if(waiting_.begin(), waiting_.end(), std::back_inserter(items),
                 [](const Item& item) { return item.name.kind == ShippedName::Kind::segment; });
    context_.progress.begin("archive", 0);
    WorkerPool pool(std::min(context_.jobs, items.size()));
    bool goes_on = true;
    ordered_parallel(
        pool, items.size(), pool.size(), [&](std::size_t i) { return prepare(items[i]); },
        [&](std::size_t i, Prepared prepared) {
          if (i == 0) {
            store(items[i], prepared);
          } else if (goes_on) {
            goes_on = false;
            ahead([&] {
              store(items[i], prepared);
              goes_on = true;
            });
          }
        });
    context_.progress.end();
  }

  // On any thread.
  [[nodiscard]] Prepared prepare(const Item& item) const {
    Prepared prepared;
    try {
      prepared.segment = shipping_.read_segment(item.path, item.name);
      prepared.payload = repository_.encode(prepared.segment->raw());
    } catch (const Error&) {
      prepared.failure = std::current_exception();
    }
    return prepared;
  }

  void store(const Item& item, const Prepared& prepared) {
    if (prepared.failure) std::rethrow_exception(prepared.failure);
    const ShippedSegment& segment = *prepared.segment;
    const Json identity = segment.identity();
    const TimelineDocument& timeline = timelines_.require(segment.timeline(), segment.number(), identity);
    const auto before = segment_before(timeline, segment.number());
    SegmentManifest manifest = segment.manifest(before ? &*before : nullptr);
    check_continues(item, before, manifest);
    manifest.repository = repository_.document().id;
    manifest.archived_at = now();
    if (manifest.number.value % kSweepEvery == 0) repository_.store().sweep();
    const auto creation = repository_.create_segment(manifest, *prepared.payload);
    if (creation == Repository::Creation::lost) throw_taken(item);
    if (creation == Repository::Creation::created) note(manifest);
    report_.head = head_of(manifest);
    last_ = std::move(manifest);
  }

  void note(const SegmentManifest& manifest) {
    context_.progress.advance(manifest.payload.size);
    report_.segments.push_back({manifest.number, manifest.content, manifest.start_lsn, manifest.end_lsn,
                                manifest.commits.count, manifest.hidden_commits, manifest.payload.size,
                                manifest.payload.stored_size});
    add_commits(report_.commits, manifest.commits.count);
  }

  static void check_continues(const Item& item, const std::optional<SegmentManifest>& before,
                              const SegmentManifest& manifest) {
    if (!before || before->link_out.empty() || manifest.link_in.empty()) return;
    if (before->link_out == manifest.link_in) return;
    throw Error(
        Errc::log_conflict,
        fmt::format("{} does not go on from the segment before it: its first record follows one at "
                    "{}, and the last one archived is at {}",
                    item.name.text, manifest.link_in, before->link_out),
        "the server's log was reset, or it is another copy of the server on the same timeline; begin a "
        "new repository for it");
  }

  // On the same timeline, or where that does not reach back so far on the one it comes from.
  std::optional<SegmentManifest> segment_before(const TimelineDocument& timeline, SegmentNumber number) {
    if (number.value == 0) return std::nullopt;
    const SegmentNumber wanted{number.value - 1};
    if (last_ && last_->number == wanted && last_->timeline == timeline.timeline) return last_;
    const TimelineDocument* line = &timeline;
    while (line != nullptr && wanted < line->first_number)
      line = line->parent ? timelines_.find(*line->parent) : nullptr;
    if (line == nullptr) return std::nullopt;
    try {
      return repository_.segment(line->timeline, wanted);
    } catch (const Error& error) {
      if (error.code() != Errc::corrupt) throw;
      context_.warn(fmt::format("the segment before cannot be read: {}", error.what()));
      return std::nullopt;
    }
  }

  [[nodiscard]] static Point head_of(const SegmentManifest& manifest) {
    return manifest.commits.last.value_or(Point{manifest.end_lsn, std::nullopt, std::nullopt});
  }

  const Context& context_;
  const ArchiveRequest& request_;
  const Repository& repository_;
  const LogShipping& shipping_;
  ShippedTimelines timelines_;
  std::vector<Item> waiting_;
  std::optional<SegmentManifest> last_;  // stored by this run
  ArchiveReport report_;
};

}  // namespace

ArchiveReport archive_file(const Context& context, const ArchiveRequest& request,
                           const Repository& repository, const Engine& engine) {
  return FileArchiver(context, request, repository, engine).run();
}

}  // namespace pitr
