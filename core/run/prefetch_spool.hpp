#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/file.hpp"
#include "model/ids.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pitr {

// A segment that was got ahead of time, as the name of its file tells it:
//
//   NAME.TIMELINE.NUMBER.REPOSITORY.DIGEST   whole, and checked against its manifest when it was written
//   NAME.TIMELINE.NUMBER.REPOSITORY.part     being written, and locked (flock) as long
//
// timeline: 8 hex digits, number: 16, repository: its id, digest: XXH3-128 of the content. Whoever takes one
// checks the content against the name, so no request to the repository is needed to know that it is right.
struct SpooledSegment {
  std::string name;
  TimelineId timeline;
  SegmentNumber number;
  std::string repository;
  std::optional<Digest> digest;  // nothing while it is being written
};

std::string spool_file_name(const SpooledSegment& segment);
// Nothing for a name that the above does not write.
std::optional<SpooledSegment> parse_spool_file_name(std::string_view file_name);

// The folder that holds them: nobody else's, and nobody else can look into it. One process fills it at a
// time. What goes wrong in it is thrown as Error; it costs time and nothing else.
class PrefetchSpool {
 public:
  // Nothing when there is no such folder. Throws when what has the name is not ours alone.
  static std::optional<PrefetchSpool> open(const fs::path& path);
  static PrefetchSpool open_or_create(const fs::path& path);

  [[nodiscard]] std::vector<SpooledSegment> segments() const;
  // Moves the segment to `to`, in the same file system, waiting for it while it is being written. Nothing
  // when it is not there, or is not what its name says; it is removed then.
  [[nodiscard]] std::optional<SpooledSegment> take(std::string_view name, std::string_view repository,
                                                   const fs::path& to) const;
  void remove_unless(const std::function<bool(const SpooledSegment&)>& is_wanted) const;
  [[nodiscard]] bool is_being_filled() const;
  // Removes the folder with all that is in it. Who fills it at the moment notices.
  void remove() const;

  // The right to fill it, until it goes. Safe to use from several threads at once.
  class Filling {
   public:
    // What a whole segment is found to be while it is written.
    using Source = std::function<Digest(ByteSink&)>;
    // False when the folder was removed in the meantime; then nothing is left in it.
    [[nodiscard]] bool add(const SpooledSegment& segment, const Source& write) const;
    [[nodiscard]] bool is_abandoned() const;

   private:
    friend class PrefetchSpool;
    Filling(const PrefetchSpool& spool, Fd lock) : spool_(spool), lock_(std::move(lock)) {}
    const PrefetchSpool& spool_;
    Fd lock_;
  };
  // Nothing while another process has it. Removes what one that died left half written.
  [[nodiscard]] std::optional<Filling> begin_filling() const;
  // Removes the folder if nothing is in it.
  void remove_if_empty() const noexcept;

 private:
  PrefetchSpool(fs::path path, Fd directory) : path_(std::move(path)), directory_(std::move(directory)) {}

  [[nodiscard]] std::vector<std::string> file_names() const;
  [[nodiscard]] std::optional<SpooledSegment> find(std::string_view name, std::string_view repository) const;
  [[nodiscard]] Fd open_entry(const std::string& file_name, int flags) const;
  [[nodiscard]] bool is_what_it_says(const SpooledSegment& segment) const;
  [[nodiscard]] bool wait_until_written(const SpooledSegment& segment) const;
  void unlink(const std::string& file_name) const noexcept;

  fs::path path_;
  Fd directory_;
};

}  // namespace pitr
