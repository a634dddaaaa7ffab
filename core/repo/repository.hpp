#pragma once

#include "base/bytes.hpp"
#include "model/catalogue.hpp"
#include "repo/payload_builder.hpp"
#include "repo/repository_document.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pitr {

// One repository in one store. Creates objects and reads them back; decides nothing about recovery. Safe to
// use from several threads at once.
class Repository {
 public:
  // Creates pitr.json (id and secret are drawn here). Throws Errc::conflict when the store already holds any
  // object, and for all but one of several that try at the same time.
  static Repository init(std::unique_ptr<Store> store, const std::string& engine, LsnNotation notation,
                         const Codec& codec);
  // Throws Errc::not_found when there is no repository, Errc::corrupt when its pitr.json is damaged, or
  // missing while other objects are there.
  static Repository open(std::unique_ptr<Store> store);

  [[nodiscard]] const RepositoryDocument& document() const { return document_; }
  [[nodiscard]] Store& store() const { return *store_; }

  // Lists the whole repository; reads timelines, restore points and the manifests of snapshots, but none of
  // segments. What cannot be read is reported in the catalogue, not thrown (unless the store is unavailable);
  // so are a timeline document or an older generation of a restore point that should be there and are not.
  [[nodiscard]] Catalogue load_catalogue() const;
  // Reads the manifests of these segments into the catalogue, those not there yet, on up to `jobs` threads.
  void load_manifests(Catalogue& catalogue, TimelineId timeline, std::span<const SegmentEntry> entries,
                      std::size_t jobs) const;

  enum class Creation {
    created,   // it is ours
    repeated,  // the same was there already
    lost,      // something else has the name
  };

  // The same: all but the time of creation.
  [[nodiscard]] Creation create_timeline(const TimelineDocument& document) const;
  // Nothing when there is no such timeline; Errc::corrupt when its document is damaged.
  [[nodiscard]] std::optional<TimelineDocument> timeline(TimelineId id) const;
  // Those that there are documents of, in no set order.
  [[nodiscard]] std::vector<TimelineId> timelines() const;

  // Fills manifest.payload from what write produces, then stores both. The same: raw bytes, LSNs, link
  // tokens, content and the engine's data; the manifest is then the stored one. Throws Errc::corrupt when
  // what has the name is damaged.
  [[nodiscard]] Creation create_segment(SegmentManifest& manifest,
                                        const std::function<void(ByteSink&)>& write) const;
  // The same with a payload that encode() made. The same: the raw bytes.
  [[nodiscard]] Creation create_segment(SegmentManifest& manifest, const PayloadBuilder& payload) const;
  [[nodiscard]] std::unique_ptr<const PayloadBuilder> encode(ByteView raw) const;
  // Nothing when there is no such segment; Errc::corrupt when its manifest is damaged.
  [[nodiscard]] std::optional<SegmentManifest> segment(TimelineId timeline, SegmentNumber number) const;

  // A file beside the log; name: is_file_name(). The same: the raw bytes.
  [[nodiscard]] Creation create_file(const std::string& name, ByteView raw) const;
  // Nothing when there is no such file. Throws Errc::corrupt when it is damaged.
  [[nodiscard]] std::optional<Bytes> read_file(const std::string& name) const;

  // Stores the next generation of a restore point, unless the last one is the same but for the time of
  // creation.
  void create_restore_point(const RestorePoint& restore_point) const;

  // The segments of a timeline that there are objects of, in no set order.
  [[nodiscard]] std::vector<SegmentEntry> segments(TimelineId timeline) const;

  // A segment and its raw bytes, verified while they are read, which must not outlive the repository.
  struct OpenedSegment {
    SegmentManifest manifest;
    std::unique_ptr<ByteSource> raw;
  };
  // Nothing when there is no such segment; Errc::corrupt when its manifest is damaged. One request, unless it
  // is unusually large.
  [[nodiscard]] std::optional<OpenedSegment> open_segment(TimelineId timeline, SegmentNumber number) const;

  // A segment's raw bytes, verified while they are read (see repo/payload_reader.hpp). Throws Errc::wal_gap
  // when the object is gone and Errc::corrupt when it is not the one the manifest was read from.
  [[nodiscard]] std::unique_ptr<ByteSource> open_segment(const SegmentManifest& manifest) const;

 private:
  Repository(std::unique_ptr<Store> store, RepositoryDocument document);

  [[nodiscard]] Catalogue::Loaded load_manifest(TimelineId timeline, const SegmentEntry& entry) const;

  std::unique_ptr<Store> store_;
  RepositoryDocument document_;
};

}  // namespace pitr
