#pragma once

#include "base/file.hpp"
#include "store/store.hpp"

#include <mutex>
#include <set>
#include <string>

namespace pitr {

// A store in a directory: each object is a file, its key the path below the root. Objects get mode 0640 and
// directories 0750, less what the umask takes. Below the root symbolic links are not followed; they, and
// whatever else is neither a file nor a directory, are listed as objects that cannot be read.
class LocalStore : public Store {
 public:
  // root: an absolute path. location: what it was opened with.
  LocalStore(fs::path root, std::string location);

  [[nodiscard]] std::string location() const override { return location_; }
  [[nodiscard]] bool create(const std::string& key, ByteSource& source, std::uint64_t size) override;
  [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& key) const override;
  [[nodiscard]] std::optional<Bytes> read(const std::string& key, std::uint64_t offset,
                                          std::uint64_t length) const override;
  // Tells no sizes.
  void list(const std::string& prefix, const std::function<void(ListedObject)>& visit) const override;
  void sweep() override;

 private:
  [[nodiscard]] Fd open_root() const;
  [[nodiscard]] std::optional<Fd> open_directory(const std::string& directory) const;
  [[nodiscard]] std::optional<Fd> open_object(const std::string& key) const;
  void make_directory(const std::string& directory);

  fs::path root_;
  std::string location_;
  std::mutex mutex_;
  std::set<std::string> durable_directories_;  // those this process made sure of
};

}  // namespace pitr
