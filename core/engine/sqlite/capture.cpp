#include "engine/sqlite/capture.hpp"

#include "base/error.hpp"
#include "engine/sqlite/fork.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

namespace pitr::sqlite {

namespace {

constexpr int kLookAttempts = 20;
constexpr int kFreshFileAttempts = 6;
constexpr useconds_t kFreshFileWaitUs = 5000;

// In a database of fewer pages any change may touch most of them.
constexpr std::size_t kFewPages = 64;

bool is_same_state(const WalIndex& a, const WalIndex& b) {
  return a.salts == b.salts && a.max_frame == b.max_frame && a.change == b.change;
}

std::string note_name(const SourceIdentity& identity, std::string_view kind) {
  return fmt::format("sqlite-{}.{}", digest_of(as_bytes(identity.path)).hex().substr(0, 16), kind);
}

}  // namespace

SqliteCapture::SqliteCapture(const CaptureRequest& request)
    : request_(request),
      database_(request.source),
      wal_(database_),
      identity_(identify(database_.path(), database_.inode())),
      hashes_path_(request.state_directory / note_name(identity_, "pages")),
      note_path_(request.state_directory / note_name(identity_, "look")) {
  if (!is_database_name(database_.path().filename().string())) {
    throw Error(Errc::usage,
                fmt::format("{} has a name that pitrctl uses itself", database_.path().string()));
  }
  look(std::nullopt);
}

void SqliteCapture::look(std::optional<Timestamp> after) {
  image_.reset();
  look_.after = after;
  for (int i = 0; i < kFreshFileAttempts; ++i) {
    look_.from = now();
    file_ = file_state(database_.path());
    const bool proof = is_proof(file_, look_.from);
    index_ = database_.index();
    look_.by = now();
    // Nothing was committed meanwhile: the log is complete up to the later clock reading as well.
    if (is_same_state(database_.index(), index_)) look_.from = look_.by;
    file_is_all_ = index_.max_frame == 0 && proof;
    if (index_.max_frame > 0 || proof) return;
    usleep(kFreshFileWaitUs);  // a file just written says more in a moment
  }
}

bool SqliteCapture::is_at(const Json& recorded_identity) const {
  return same_place(identity_, identity_from_json(recorded_identity, "the recorded source"));
}

std::optional<RestoreMark> SqliteCapture::restore_mark() const {
  return read_restore_mark(database_.path().parent_path(), database_.path().filename().string());
}

const std::shared_ptr<const PinnedImage>& SqliteCapture::image() {
  if (!image_) image_ = std::make_shared<const PinnedImage>(database_, wal_, index_);
  return image_;
}

SegmentData SqliteCapture::data_here() const {
  SegmentData data;
  data.position.page_size = database_.page_size();
  data.position.place = {index_.salts, index_.big_endian, index_.max_frame, index_.checksum};
  data.position.change = index_.change;
  data.position.schema = database_.schema();
  if (file_is_all_) data.position.file = file_;
  data.look = look_;
  data.file = database_.path().filename().string();
  data.source = to_json(identity_);
  return data;
}

LookContext SqliteCapture::look_context() const {
  return {wal_, request_.hash_secret, data_here(), index_.change};
}

std::uint32_t SqliteCapture::file_change_here() {
  Bytes page(image()->page_size());
  image()->read(0, page);
  return file_change_counter(page);
}

std::unique_ptr<SegmentDraft> SqliteCapture::start(Lsn lsn, const SegmentManifest* before) {
  SegmentData data = data_here();
  data.position.page_count = image()->page_count();
  data.position.file_change = file_change_here();
  if (before != nullptr) data.position.xid = segment_data(*before).position.xid;
  SegmentManifest manifest = look_manifest(data, SegmentContent::start, lsn, 0);
  manifest.captured_to = look_.from;
  manifest.link_out = unique_link_token(data.position.place);
  return make_empty_draft(std::move(manifest), database_.page_size());
}

std::unique_ptr<SegmentDraft> SqliteCapture::mark(const SegmentManifest& head) {
  SegmentData data = segment_data(head);
  data.first_frame.reset();
  data.look = look_;
  data.source = to_json(identity_);
  SegmentManifest manifest = look_manifest(data, SegmentContent::mark, head.end_lsn, 0);
  manifest.captured_to = look_.from;
  manifest.link_in = head.link_out;
  manifest.link_out = head.link_out;
  return make_empty_draft(std::move(manifest), database_.page_size());
}

SegmentManifest SqliteCapture::state_at_end(const ChainContents& contents) {
  const std::uint32_t page_size = database_.page_size();
  const SnapshotManifest& snapshot = contents.snapshot();
  PageHashes hashes = PageHashes::create(hashes_path_, page_size);
  const HashedChain chain = hash_chain(contents, request_.hash_secret, page_size, hashes);

  SegmentData data;
  data.position.page_size = page_size;
  data.position.page_count = chain.pages;
  data.position.xid = {snapshot.point.xid.value_or(Xid{}).value + chain.commits};
  data.look.from = data.look.by = snapshot.point.time.value_or(snapshot.created_at);
  data.file = database_.path().filename().string();
  data.source = to_json(identity_);
  Lsn lsn = snapshot.consistent_lsn;
  std::string link = snapshot.link;
  if (!contents.segments().empty()) {
    const ChainSegment& last = contents.segments().back();
    lsn = last.to;
    data.look = segment_data(last.manifest).look;
    // Inside a segment no token is known; planners do not ask for one there.
    link = last.to == last.manifest.end_lsn ? last.manifest.link_out : unique_link_token({});
  }
  hashes.finish(link, chain.pages);
  SegmentManifest state = look_manifest(data, SegmentContent::mark, lsn, 0);
  state.link_in = state.link_out = link;
  return state;
}

LogSince SqliteCapture::log_since(const SegmentManifest& head, const ContentsAtHead& contents) {
  const SegmentData data = segment_data(head);
  if (request_.claim != SourceClaim::same_database && !is_at(data.source)) {
    LogSince foreign;
    foreign.verdict = LogSince::Verdict::foreign;
    foreign.reason = fmt::format("the log archived so far is that of {}",
                                 describe(identity_from_json(data.source, "the recorded source")));
    return foreign;
  }
  const auto note = read_look_note(note_path_, head.link_out);
  // A look that was not stored to its end had seen commits beyond the head.
  const Timestamp seen_up_to = head.captured_to ? data.look.from : data.look.after.value_or(data.look.from);
  for (int i = 0; i < kLookAttempts; ++i) {
    look(note ? note->from : seen_up_to);
    if (auto since = try_log_since(head, contents)) return std::move(*since);
  }
  throw Error(Errc::unavailable,
              fmt::format("the log of {} kept changing while it was read", database_.path().string()),
              "run the same command again");
}

// Nothing when the log moved and the look must be taken again.
std::optional<LogSince> SqliteCapture::try_log_since(const SegmentManifest& head,
                                                     const ContentsAtHead& contents) {
  const Position since = segment_data(head).position;
  if (since.page_size != database_.page_size()) {
    LogSince broken;
    broken.verdict = LogSince::Verdict::broken;
    broken.reason =
        fmt::format("the page size changed from {} to {}", since.page_size, database_.page_size());
    return broken;
  }
  const auto note = read_look_note(note_path_, head.link_out);
  const bool untouched = file_ == since.file || (note && file_ == note->file);
  const auto found = prove_continuation(wal_, index_, since,
                                        untouched ? DatabaseFile::unchanged : DatabaseFile::may_have_changed);
  switch (found.proof) {
    case Continuation::Proof::moved:
      return std::nullopt;
    case Continuation::Proof::complete:
      return continued(head, found.runs);
    case Continuation::Proof::reverted:
      return reverted(contents);
    case Continuation::Proof::none:
      break;
  }
  try {
    return by_content(head, contents);
  } catch (const Error& error) {
    if (error.code() == Errc::unavailable && database_.index() != index_) return std::nullopt;
    throw;
  }
}

LogSince SqliteCapture::continued(const SegmentManifest& head, const std::vector<CommitRun>& runs) {
  Segmenter segmenter(look_context(), head);
  for (const CommitRun& run : runs) segmenter.add(run);
  LogSince since;
  since.commits = segmenter.commits();
  since.verdict = since.commits > 0 ? LogSince::Verdict::continued : LogSince::Verdict::unchanged;
  since.drafts = segmenter.take();
  return since;
}

LogSince SqliteCapture::reverted(const ContentsAtHead& contents) {
  LogSince since;
  since.verdict = LogSince::Verdict::reverted;
  since.reason = "the database went back to an earlier state";
  const auto header = wal_.header();
  const auto chain = contents();
  if (!header || !chain || header->salts != index_.salts) return since;
  const CommitRun live =
      read_commits(wal_, {header->salts, header->big_endian, 0, header->checksum}, index_.max_frame);
  const auto fork = find_fork(*chain, live);
  if (!fork) return since;

  SegmentData data = data_here();
  data.position.place = fork->place;
  data.position.page_count = fork->page_count;
  data.position.xid = fork->xid;
  SegmentManifest state = look_manifest(data, SegmentContent::mark, fork->lsn, 0);
  state.link_in = state.link_out = link_token(fork->place);
  CommitRun rest = live;
  std::erase_if(rest.commits, [&](const Commit& commit) { return commit.frame <= fork->place.frame; });
  rest.from = fork->place;
  Segmenter segmenter(look_context(), state);
  segmenter.add(rest);
  since.commits = segmenter.commits();
  since.drafts = segmenter.take();
  since.fork = std::move(state);
  return since;
}

std::optional<PageHashes> SqliteCapture::archived_hashes(const SegmentManifest& head,
                                                         const ContentsAtHead& contents) const {
  if (auto hashes = PageHashes::open(hashes_path_, head.link_out, database_.page_size())) return hashes;
  const auto chain = contents();
  if (!chain) return std::nullopt;
  PageHashes hashes = PageHashes::create(hashes_path_, database_.page_size());
  const HashedChain hashed = hash_chain(*chain, request_.hash_secret, database_.page_size(), hashes);
  hashes.finish(head.link_out, hashed.pages);
  return hashes;
}

LogSince SqliteCapture::by_content(const SegmentManifest& head, const ContentsAtHead& contents) {
  const auto archived = archived_hashes(head, contents);
  LogSince since;
  if (!archived) {
    since.verdict = LogSince::Verdict::broken;
    since.reason =
        "the log was reset since the last run, and what was archived last cannot be read back to compare "
        "with";
    return since;
  }
  ImageComparison comparison = compare(*image(), *archived, request_.hash_secret);
  if (comparison.identical()) return since;
  if (auto reason = why_foreign(segment_data(head), comparison, archived->page_count())) {
    since.verdict = LogSince::Verdict::foreign;
    since.reason = std::move(*reason);
    return since;
  }
  return bridged(head, std::move(comparison));
}

std::optional<std::string> SqliteCapture::why_foreign(const SegmentData& head,
                                                      const ImageComparison& comparison,
                                                      std::uint32_t archived_pages) {
  if (request_.claim == SourceClaim::same_database) return std::nullopt;
  const SourceIdentity recorded = identity_from_json(head.source, "the recorded source");
  if (recorded.inode != identity_.inode) {
    return "the database file was replaced by another file since the last run, and its log does not continue "
           "the archived one";
  }
  if (const std::uint32_t counter = file_change_here(); counter < head.position.file_change) {
    return fmt::format("it is an older copy: its file change counter is {}, and {} was archived", counter,
                       head.position.file_change);
  }
  if (std::max<std::size_t>(comparison.changed.size(), archived_pages) < kFewPages) return std::nullopt;
  if (comparison.mostly_same(archived_pages) || head.position.schema.may_be_same(database_.schema()))
    return std::nullopt;
  return fmt::format(
      "most of its pages ({} of {}) and its whole schema are not those of the archived database",
      comparison.changed_count, comparison.changed.size());
}

LogSince SqliteCapture::bridged(const SegmentManifest& head, ImageComparison comparison) {
  if (comparison.changed_count == 0) {  // it only changed its size; a frame is needed to say so
    comparison.changed.at(0) = true;
    comparison.changed_count = 1;
  }
  const Position since_position = segment_data(head).position;
  SegmentData data = data_here();
  data.position.page_count = image()->page_count();
  data.position.file_change = file_change_here();
  data.position.xid = {since_position.xid.value + 1};
  SegmentManifest manifest =
      look_manifest(data, SegmentContent::bridge, head.end_lsn, comparison.changed_count);
  const Point end{manifest.end_lsn, look_.by, data.position.xid};
  manifest.commits = {1, end, end};
  manifest.xid = XidBounds{data.position.xid, data.position.xid};
  manifest.hidden_commits = counted_commits(index_, since_position);
  manifest.captured_to = look_.from;
  manifest.link_in = head.link_out;
  manifest.link_out = unique_link_token(data.position.place);

  LogSince since;
  since.verdict = LogSince::Verdict::bridged;
  since.commits = 1;
  since.hidden_commits = manifest.hidden_commits;
  since.reason = "the application reset its log after the last run";
  since.drafts.push_back(
      make_bridge_draft(std::move(manifest), image(), std::move(comparison.changed), request_.hash_secret));
  return since;
}

void SqliteCapture::stored(SegmentDraft& draft, const SegmentManifest& manifest) {
  auto updates = static_cast<Draft&>(draft).take_updates();
  if (updates.empty()) return;
  auto hashes = PageHashes::open(hashes_path_, manifest.link_in, database_.page_size());
  if (!hashes) return;
  hashes->begin();
  hashes->set(std::move(updates));
  hashes->finish(manifest.link_out, segment_data(manifest).position.page_count);
}

Point SqliteCapture::point_of(const SegmentManifest& segment) const {
  const SegmentData data = segment_data(segment);
  Point point{segment.end_lsn, data.look.by, {}};
  if (data.position.xid.value > 0) point.xid = data.position.xid;
  return point;
}

void SqliteCapture::finished(const SegmentManifest& head) {
  write_look_note(note_path_,
                  {head.link_out, look_.from, file_is_all_ ? std::optional(file_) : std::nullopt});
}

void SqliteCapture::read_hashed(const PinnedImage& image, PageHashes& hashes, std::uint64_t offset,
                                std::span<std::byte> buffer) const {
  image.read(offset, buffer);
  const std::uint32_t page_size = image.page_size();
  std::vector<std::uint64_t> block(buffer.size() / page_size);
  for (std::size_t i = 0; i < block.size(); ++i) {
    block[i] = keyed_hash64_of(ByteView(buffer).subspan(i * page_size, page_size), request_.hash_secret);
  }
  hashes.set(static_cast<std::uint32_t>(offset / page_size + 1), block);
}

Capture::Files SqliteCapture::snapshot_files(const SegmentManifest& head,
                                             const ContentsAtHead& /*contents*/) {
  const auto held = image();
  Files files;
  files.manifest.engine = "sqlite";
  files.manifest.timeline = head.timeline;
  files.manifest.start_lsn = files.manifest.consistent_lsn = head.end_lsn;
  files.manifest.next_number = {head.number.value + 1};
  files.manifest.link = head.link_out;
  files.manifest.point = point_of(head);
  files.manifest.point.time = look_.by;
  files.manifest.captured_to = look_.from;
  files.manifest.engine_data["page_size"] = held->page_size();
  files.manifest.engine_data["page_count"] = held->page_count();
  files.manifest.engine_data["source"] = to_json(identity_);

  auto hashes = std::make_shared<PageHashes>(PageHashes::create(hashes_path_, held->page_size()));
  const auto read = [this, held, hashes, link = head.link_out](std::uint64_t offset,
                                                               std::span<std::byte> buffer) {
    read_hashed(*held, *hashes, offset, buffer);
    if (offset + buffer.size() == held->size()) hashes->finish(link, held->page_count());
  };
  files.files.push_back({database_.path().filename().string(), held->size(), database_.mode(), read});
  return files;
}

}  // namespace pitr::sqlite
