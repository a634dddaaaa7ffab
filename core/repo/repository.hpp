#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "base/worker_pool.hpp"
#include "model/catalogue.hpp"
#include "repo/codec.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace pitr {

// pitr.json: what the repository is.
struct RepositoryDocument {
  std::string id;  // 32 hex digits
  std::string engine;
  LsnNotation notation = LsnNotation::decimal;
  Codec codec;
  HashSecret chunk_secret{};
  Timestamp created_at;
};

// One repository in one store. Creates objects and reads them back; decides nothing about recovery.
class Repository {
 public:
  // Creates pitr.json (id and secret are drawn here). Throws Errc::conflict when the store already holds anything of a
  // repository.
  static Repository init(std::unique_ptr<Store> store, const std::string& engine, LsnNotation notation,
                         const Codec& codec);
  // Throws Errc::not_found when there is no repository, Errc::corrupt when its pitr.json is damaged, or missing while
  // other objects are there.
  static Repository open(std::unique_ptr<Store> store);

  [[nodiscard]] const RepositoryDocument& document() const { return document_; }
  [[nodiscard]] Store& store() const { return *store_; }

  // Lists the whole repository; reads timelines, restore points and the manifests of snapshots, but none of segments.
  // What cannot be read is reported in the catalogue, not thrown.
  [[nodiscard]] Catalogue load_catalogue() const;
  // Reads the manifests of these segments into the catalogue, those not there yet, on up to `jobs` threads.
  void load_manifests(Catalogue& catalogue, TimelineId timeline, std::span<const SegmentEntry> entries,
                      std::size_t jobs) const;

  enum class Creation {
    created,   // it is ours
    repeated,  // the same was there already
    lost,      // something else has the name
  };

  [[nodiscard]] Creation create_timeline(const TimelineDocument& document) const;
  // Fills manifest.payload from what write produces, then stores both.
  [[nodiscard]] Creation create_segment(SegmentManifest& manifest, const std::function<void(ByteSink&)>& write) const;
  // Stores the next generation of a restore point.
  void create_restore_point(const RestorePoint& restore_point) const;

  // A segment's raw bytes, verified while they are read (see open_payload). Throws Errc::wal_gap when the object is
  // gone and Errc::corrupt when it is not the one the manifest was read from.
  [[nodiscard]] std::unique_ptr<ByteSource> open_segment(const SegmentManifest& manifest) const;

 private:
  Repository(std::unique_ptr<Store> store, RepositoryDocument document);

  std::unique_ptr<Store> store_;
  RepositoryDocument document_;
};

// Reads a source to its end; the caller knows that it is small.
Bytes read_all(ByteSource& source);

}  // namespace pitr
