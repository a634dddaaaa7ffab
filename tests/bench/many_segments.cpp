// Lengthens a repository by made-up segments, for tests/bench/planning.py:
//
//   many_segments DIRECTORY COUNT TAIL
//
// Each repeats the bytes of the newest segment under a manifest that continues the one before it. TAIL
// segments before the end the repository's newest snapshot is repeated, too. Nothing is synced.

#include "repo/names.hpp"
#include "repo/repository.hpp"
#include "repo/sealed.hpp"

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>

namespace {

using namespace pitr;

class Lengthening {
 public:
  explicit Lengthening(const std::string& directory)
      : directory_(directory), repository_(Repository::open(open_store(directory, false))) {
    Catalogue catalogue = repository_.load_catalogue();
    const TimelineEntry& timeline = catalogue.timelines.at({1});
    repository_.load_manifests(catalogue, {1}, timeline.segments, 1);
    const SegmentEntry& newest = timeline.segments.back();
    manifest_ = *catalogue.loaded({1}, newest)->manifest;
    snapshot_ = catalogue.snapshots.back();
    if (manifest_.commits.count == 0) throw std::runtime_error("the newest segment holds no commit");
    payload_ = payload_of(segment_key({1}, newest.number, newest.last_number));
    table_ = payload_of(snapshot_key(snapshot_.id));
  }

  void add_segment() {
    const std::uint64_t length = manifest_.end_lsn.value - manifest_.start_lsn.value;
    manifest_.number = {manifest_.number.value + 1};
    manifest_.link_in = manifest_.link_out;
    manifest_.link_out = fmt::format("made-up-{}", manifest_.number.value);
    for (Lsn* lsn : {&manifest_.start_lsn, &manifest_.end_lsn, &manifest_.last_record_lsn,
                     &manifest_.commits.first->lsn, &manifest_.commits.last->lsn}) {
      lsn->value += length;
    }
    const std::uint64_t commits = manifest_.commits.count;
    for (Xid* xid : {&*manifest_.commits.first->xid, &*manifest_.commits.last->xid, &manifest_.xid->min,
                     &manifest_.xid->max}) {
      xid->value += commits;
    }
    write(segment_key({1}, manifest_.number, manifest_.number), to_json(manifest_, notation()), payload_);
  }

  void add_snapshot() {
    snapshot_.id = "29990101T000000Z-000000";
    snapshot_.start_lsn = snapshot_.consistent_lsn = snapshot_.point.lsn = manifest_.end_lsn;
    snapshot_.point.xid = manifest_.commits.last->xid;
    snapshot_.link = manifest_.link_out;
    snapshot_.next_number = {manifest_.number.value + 1};
    write(snapshot_key(snapshot_.id), to_json(snapshot_, notation()), table_);
    manifest_.snapshot = snapshot_.id;
  }

 private:
  [[nodiscard]] LsnNotation notation() const { return repository_.document().notation; }

  [[nodiscard]] Bytes payload_of(const std::string& key) const {
    const Bytes object = read_whole_file(fs::path(directory_) / key);
    const auto offset = read_sealed_header(repository_.store(), key)->payload_offset;
    return {object.begin() + static_cast<std::ptrdiff_t>(offset), object.end()};
  }

  void write(const std::string& key, const Json& manifest, ByteView payload) const {
    Bytes object = sealed_header(manifest);
    append(object, payload);
    const fs::path path = fs::path(directory_) / key;
    write_all(open_file(path, O_WRONLY | O_CREAT | O_EXCL).get(), object, path);
  }

  std::string directory_;
  Repository repository_;
  SegmentManifest manifest_;
  SnapshotManifest snapshot_;
  Bytes payload_;
  Bytes table_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::runtime_error("usage: many_segments DIRECTORY COUNT TAIL");
    const std::uint64_t count = std::stoull(argv[2]);
    const std::uint64_t tail = std::stoull(argv[3]);
    Lengthening repository(argv[1]);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i + tail == count) repository.add_snapshot();
      repository.add_segment();
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "many_segments: {}\n", error.what());
    return 1;
  }
}
