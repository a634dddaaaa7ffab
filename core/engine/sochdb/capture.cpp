#include "engine/sochdb/capture.hpp"

#include "base/error.hpp"
#include "engine/sochdb/archived_log.hpp"
#include "engine/sochdb/frame_formats.hpp"
#include "engine/sochdb/frame_link.hpp"
#include "engine/sochdb/keyring.hpp"
#include "engine/sochdb/snapshot_log.hpp"
#include "engine/sochdb/wording.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

constexpr int kLookAttempts = 20;

// The clock that SochDB stamps records with may be as much behind.
constexpr Duration kClockLag = std::chrono::milliseconds(10);

std::string database_of(const std::string& keyring) {
  return parse_keyring(keyring, "keyring.json").database;
}

bool is_sealed(const DatabaseFacts& facts) { return facts.keyring.has_value(); }

// By the clocks of their writers.
std::optional<Timestamp> latest_of(const std::vector<std::unique_ptr<SegmentDraft>>& drafts) {
  std::optional<Timestamp> latest;
  for (const auto& draft : drafts) {
    const auto& time = draft->manifest().time;
    if (time) latest = std::max(latest.value_or(time->max), time->max);
  }
  return latest;
}

// Inside a segment no token is known; planners do not ask for one there.
std::string link_at_end(const ChainContents& contents, const std::string& link_inside) {
  if (contents.segments().empty()) return contents.snapshot().link;
  const ChainSegment& last = contents.segments().back();
  return last.to == last.manifest.end_lsn ? last.manifest.link_out : link_inside;
}

SegmentData empty_log() {
  SegmentData data;
  data.head = data.tail = sample_of({});
  return data;
}

LogSince foreign(std::string reason) {
  LogSince since;
  since.verdict = LogSince::Verdict::foreign;
  since.reason = std::move(reason);
  return since;
}

}  // namespace

SochdbCapture::SochdbCapture(CaptureRequest request)
    : request_(std::move(request)),
      database_(std::make_shared<const LiveDatabase>(request_.source)),
      identity_(database_->identity()),
      facts_(database_->facts()) {}

Json SochdbCapture::identity() const { return to_json(identity_); }

std::string SochdbCapture::place() const { return describe(identity_); }

bool SochdbCapture::is_at(const Json& recorded_identity) const {
  return same_place(identity_, identity_from_json(recorded_identity, "the recorded source"));
}

bool SochdbCapture::is_at(const SegmentManifest& segment) const {
  return is_at(segment_data(segment).source);
}

bool SochdbCapture::goes_on_from(const SegmentManifest& segment) const {
  const SegmentData data = segment_data(segment);
  return data.offset > 0 && is_in(*database_, data);
}

std::optional<RestoreMark> SochdbCapture::restore_mark() const {
  return read_restore_mark(database_->directory(), kLogName);
}

std::vector<std::string> SochdbCapture::remarks() const {
  const std::string directory = database_->directory().native();
  if (const auto backup = database_->backup()) return {describe_backup(directory, *backup)};
  if (facts_.database) return {};
  return {truncation_risk(directory)};
}

void SochdbCapture::look(const SegmentData& since) {
  view_.reset();
  database_ = std::make_shared<const LiveDatabase>(request_.source);
  identity_ = database_->identity();
  facts_ = database_->facts();
  look_from_ = now();
  view_ = std::make_shared<const LiveView>(database_, since);
}

std::unique_ptr<FrameFormat> SochdbCapture::frame_format() const {
  return frame_format_of(facts_.keyring, request_.key ? &*request_.key : nullptr,
                         (database_->directory() / kKeyringName).native());
}

std::unique_ptr<SegmentDraft> SochdbCapture::start(Lsn lsn, const SegmentManifest* before) {
  SegmentData data = empty_log();
  if (before != nullptr) data.generation.number = segment_data(*before).generation.number + 1;
  data.generation.start = data.generation.view = lsn;
  data.facts = facts_;
  data.source = identity();
  SegmentManifest state;
  state.engine = kEngineName;
  state.end_lsn = lsn;
  SegmentManifest manifest = empty_segment(state, data, SegmentContent::start);
  manifest.link_in.clear();
  manifest.link_out = new_link();
  return make_empty_draft(std::move(manifest));
}

std::optional<Timestamp> SochdbCapture::captured_at(Lsn lsn, const SegmentManifest& head) const {
  if (looked_to_ != lsn) return head.captured_to;
  return complete_to(look_from_ - kClockLag, segment_data(head).latest);
}

std::unique_ptr<SegmentDraft> SochdbCapture::mark(const SegmentManifest& head) {
  SegmentData data = segment_data(head);
  data.truncated = false;
  data.facts = facts_;
  data.source = identity();
  SegmentManifest manifest = empty_segment(head, data, SegmentContent::mark);
  manifest.captured_to = captured_at(head.end_lsn, head);
  return make_empty_draft(std::move(manifest));
}

// What was restored is either all that the process had known, or one generation.
SegmentManifest SochdbCapture::state_at_end(const ChainContents& contents) {
  look(empty_log());
  SegmentData data = data_at_end(contents);
  const auto& segments = contents.segments();
  const Lsn end = segments.empty() ? contents.snapshot().consistent_lsn : segments.back().to;
  const bool sealed = is_sealed(data.facts);
  CommonLog common = compare_logs(contents, data.generation.view, end, *view_, sealed);
  if (common.is_all || data.generation.view == data.generation.start) {
    data.generation.start = data.generation.view;
  } else {
    common = compare_logs(contents, data.generation.start, end, *view_, sealed);
    data.generation.view = data.generation.start;
  }
  data.offset = common.end.offset;
  data.head = view_->head(data.offset);
  data.tail = view_->tail(data.offset);
  data.source = identity();
  data.latest = latest_at(contents, data, end);
  if (!common.is_all) {
    // It was changed since: these samples are not found in it.
    const auto archived = open_archived_log(contents, data.generation.start, end);
    take_samples(*archived, data);
  }
  SegmentManifest state;
  state.engine = kEngineName;
  state.end_lsn = end;
  state.link_out = common.is_all ? link_at_end(contents, common.link) : new_link();
  return empty_segment(state, data, SegmentContent::mark);
}

std::optional<Timestamp> SochdbCapture::latest_at(const ChainContents& contents, const SegmentData& data,
                                                  Lsn lsn) const {
  return is_sealed(data.facts) ? look_from_ : latest_commit(contents, data.generation.view, lsn);
}

LogSince SochdbCapture::log_since(const SegmentManifest& head, const ContentsAtHead& contents) {
  for (int i = 1;; ++i) {
    try {
      return try_log_since(head, contents);
    } catch (const Error& error) {
      if (error.code() != Errc::unavailable || i == kLookAttempts) throw;
    }
  }
}

LogSince SochdbCapture::try_log_since(const SegmentManifest& head, const ContentsAtHead& contents) {
  SegmentData data = segment_data(head);
  data.truncated = false;  // before the head, not behind it
  look(data);
  if (std::string reason = why_foreign(data); !reason.empty()) return foreign(std::move(reason));
  if (view_->holds(data)) return go_on(head, data);
  const auto archived = contents();
  const auto fork = archived ? find_fork(*archived, *view_, is_sealed(data.facts)) : std::nullopt;
  const bool begins_alike = view_->size() >= data.head.size && view_->head(data.head.size) == data.head;
  if (fork || (begins_alike && data.head.size > 0)) return reverted(head, fork, archived.get());
  return truncated(head, data);
}

std::string SochdbCapture::why_foreign(const SegmentData& head) const {
  if (request_.claim == SourceClaim::same_database) return {};
  if (!is_at(head.source) && !view_->holds(head)) {
    return fmt::format("the log archived so far is that of {}",
                       describe(identity_from_json(head.source, "the recorded source")));
  }
  if (is_sealed(head.facts) != is_sealed(facts_))
    return is_sealed(facts_) ? "it is encrypted, and what is archived is not"
                             : "it is not encrypted, and what is archived is";
  if (is_sealed(facts_) && database_of(*facts_.keyring) != database_of(*head.facts.keyring))
    return "its keyring.json is that of another database";
  if (facts_.database && head.facts.database && *facts_.database != *head.facts.database)
    return "its wal.manifest is that of another database";
  return {};
}

// The records behind a place that the log holds.
LogSince SochdbCapture::go_on(const SegmentManifest& state, const SegmentData& data) {
  SegmentData here = data;
  here.facts = facts_;
  here.source = identity();
  const auto format = frame_format();
  NewLog log = cut_segments(view_, *format, state, here, look_from_ - kClockLag);
  const std::string name = database_->log_path().native();

  LogSince since;
  since.verdict = log.drafts.empty() ? LogSince::Verdict::unchanged : LogSince::Verdict::continued;
  since.commits = log.commits;
  since.drafts = std::move(log.drafts);
  since.damage = describe_damage(name, log.end, log.stop);
  if (auto torn = describe_torn_end(name, log.stop, database_->is_open_elsewhere()); !torn.empty())
    since.remarks.push_back(std::move(torn));
  if (!since.damage.empty() && log.stop.good_end.offset == 0 && !is_sealed(facts_))
    since.damage += "; an encrypted log whose keyring.json is gone looks like that";
  looked_to_ = since.damage.empty() ? std::optional(log.end) : std::nullopt;
  return since;
}

LogSince SochdbCapture::reverted(const SegmentManifest& head, const std::optional<LogFork>& fork,
                                 const ChainContents* contents) {
  LogSince since;
  if (fork && contents != nullptr) {
    SegmentData data = segment_data(head);
    data.generation = fork->generation;
    data.truncated = false;
    data.offset = fork->common.end.offset;
    data.head = view_->head(data.offset);
    data.tail = view_->tail(data.offset);
    data.facts = facts_;
    data.source = identity();
    SegmentManifest state = head;
    state.end_lsn = {fork->generation.start.value + fork->common.end.lsn.value};
    data.latest = latest_at(*contents, data, state.end_lsn);
    state.link_out = fork->common.link;
    state = empty_segment(state, data, SegmentContent::mark);
    since = go_on(state, data);
    since.fork = std::move(state);
  }
  since.verdict = LogSince::Verdict::reverted;
  since.reason = "the log went back to an earlier state, and on from there";
  return since;
}

// A generation that is archived behind the one before: the process that truncated the log went on with what
// it had in memory.
LogSince SochdbCapture::truncated(const SegmentManifest& head, const SegmentData& data) {
  SegmentData anew = data;
  ++anew.generation.number;
  anew.generation.start = head.end_lsn;
  if (is_sealed(data.facts) || is_sealed(facts_)) anew.generation.view = anew.generation.start;
  anew.offset = 0;
  anew.truncated = true;
  LogSince since = go_on(head, anew);
  if (since.drafts.empty()) {
    since.remarks.push_back(
        fmt::format("the log was truncated after LSN {}, and nothing was written since", head.end_lsn.value));
    return since;
  }
  const auto latest = latest_of(since.drafts);
  if (latest && data.latest && *latest < *data.latest && request_.claim != SourceClaim::same_database) {
    return foreign(
        fmt::format("its log begins anew, and all of it is older than the last commit archived, of {}",
                    format_time(*data.latest)));
  }
  since.verdict = LogSince::Verdict::bridged;
  since.reason = remarks_on(since.drafts.front()->manifest()).front();
  since.remarks.insert(since.remarks.begin(), since.reason);
  return since;
}

Point SochdbCapture::point_of(const SegmentManifest& segment) const {
  const auto& last = segment.commits.last;
  if (last && last->lsn == segment.end_lsn) return *last;
  return {segment.end_lsn, segment_data(segment).latest, {}};
}

Capture::Files SochdbCapture::snapshot_files(const SegmentManifest& head, const ContentsAtHead& contents) {
  const SegmentData data = segment_data(head);
  SnapshotData snapshot;
  std::shared_ptr<const ChainContents> archived;
  if (data.generation.view < data.generation.start) {
    archived = contents();
    if (!archived) {
      throw Error(Errc::corrupt,
                  "a snapshot needs the log from before it was truncated, and that cannot be read back",
                  "'pitrctl validate' shows what is wrong");
    }
    snapshot.parts = parts_before(*archived, data.generation);
  }
  SnapshotLog log(database_, data, std::move(archived));
  snapshot.parts.push_back({data.generation, log.archived_size()});
  snapshot.facts = facts_;
  snapshot.source = identity();

  Files files;
  files.manifest.engine = kEngineName;
  files.manifest.timeline = head.timeline;
  files.manifest.start_lsn = files.manifest.consistent_lsn = head.end_lsn;
  files.manifest.next_number = {head.number.value + 1};
  files.manifest.link = head.link_out;
  files.manifest.point = point_of(head);
  files.manifest.point.time = data.latest;  // clocks may have gone back since
  files.manifest.captured_to = captured_at(head.end_lsn, head);
  files.manifest.empty = head.end_lsn == data.generation.view;
  files.manifest.engine_data = to_json(snapshot);
  files.files.push_back(std::move(log).file());
  return files;
}

}  // namespace pitr::sochdb
