#include "engine/sqlite/drafts.hpp"

#include "base/error.hpp"
#include "engine/sqlite/wal.hpp"

#include <algorithm>
#include <utility>

namespace pitr::sqlite {

namespace {

class EmptyDraft : public Draft {
 public:
  EmptyDraft(SegmentManifest manifest, std::uint32_t page_size)
      : Draft(std::move(manifest)), page_size_(page_size) {}
  void write_to(ByteSink& sink) override { WalWriter(sink, page_size_); }
  [[nodiscard]] std::uint32_t page_size() const override { return page_size_; }

 private:
  std::uint32_t page_size_;
};

class LogDraft : public Draft {
 public:
  LogDraft(SegmentManifest manifest, const LiveWal& wal, std::uint32_t page_size, WalPlace from,
           std::uint32_t last, const HashSecret& secret)
      : Draft(std::move(manifest)),
        wal_(wal),
        page_size_(page_size),
        from_(from),
        last_(last),
        secret_(secret) {}

  void write_to(ByteSink& sink) override {
    updates_.clear();
    WalWriter writer(sink, page_size_);
    const std::uint32_t done = wal_.read_on(from_, last_, [&](const ChainedFrame& frame) {
      updates_.emplace_back(frame.page, keyed_hash64_of(frame.image, secret_));
      writer.frame(frame.page, frame.commit_pages, frame.image);
    });
    if (done != last_) {
      throw Error(Errc::unavailable, "the write-ahead log was reset while it was read",
                  "run the same command again");
    }
  }
  [[nodiscard]] std::uint32_t page_size() const override { return page_size_; }

 private:
  const LiveWal& wal_;
  std::uint32_t page_size_;
  WalPlace from_;
  std::uint32_t last_;
  const HashSecret& secret_;
};

class BridgeDraft : public Draft {
 public:
  BridgeDraft(SegmentManifest manifest, std::shared_ptr<const PinnedImage> image, std::vector<bool> changed,
              const HashSecret& secret)
      : Draft(std::move(manifest)), image_(std::move(image)), changed_(std::move(changed)), secret_(secret) {}

  void write_to(ByteSink& sink) override {
    updates_.clear();
    WalWriter writer(sink, page_size());
    Bytes page(page_size());
    const auto last = std::find(changed_.rbegin(), changed_.rend(), true).base() - changed_.begin();
    for (std::int64_t i = 0; i < last; ++i) {
      if (!changed_[static_cast<std::size_t>(i)]) continue;
      image_->read(static_cast<std::uint64_t>(i) * page_size(), page);
      const auto number = static_cast<std::uint32_t>(i + 1);
      updates_.emplace_back(number, keyed_hash64_of(page, secret_));
      writer.frame(number, i + 1 == last ? image_->page_count() : 0, page);
    }
  }
  [[nodiscard]] std::uint32_t page_size() const override { return image_->page_size(); }

 private:
  std::shared_ptr<const PinnedImage> image_;
  std::vector<bool> changed_;
  const HashSecret& secret_;
};

}  // namespace

std::unique_ptr<Draft> make_empty_draft(SegmentManifest manifest, std::uint32_t page_size) {
  return std::make_unique<EmptyDraft>(std::move(manifest), page_size);
}

std::unique_ptr<Draft> make_log_draft(SegmentManifest manifest, const LiveWal& wal, std::uint32_t page_size,
                                      WalPlace from, std::uint32_t last, const HashSecret& secret) {
  return std::make_unique<LogDraft>(std::move(manifest), wal, page_size, from, last, secret);
}

std::unique_ptr<Draft> make_bridge_draft(SegmentManifest manifest, std::shared_ptr<const PinnedImage> image,
                                         std::vector<bool> changed, const HashSecret& secret) {
  return std::make_unique<BridgeDraft>(std::move(manifest), std::move(image), std::move(changed), secret);
}

}  // namespace pitr::sqlite
