#include "store/local_store.hpp"
#include "stores.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <array>

using namespace pitr;
using namespace pitr::test;

TEST_CASE("an object is read piece by piece from an offset on, to its end") {
  const TempDir dir;
  LocalStore store(dir.path(), "here");
  REQUIRE(create(store, "k", "0123456789"));
  ObjectSource source(store, "k", 2);
  std::array<std::byte, 3> buffer{};
  std::string text;
  for (std::size_t got = source.read(buffer); got != 0; got = source.read(buffer)) {
    text += as_text(ByteView(buffer).first(got));
  }
  CHECK(text == "23456789");
  CHECK(source.read(buffer) == 0);
}

TEST_CASE("an object that is gone is corrupt for whoever reads on") {
  const TempDir dir;
  LocalStore store(dir.path(), "here");
  REQUIRE(create(store, "k", "0123456789"));
  ObjectSource source(store, "k", 0);
  std::array<std::byte, 3> buffer{};
  REQUIRE(source.read(buffer) == 3);
  REQUIRE(remove_file(dir / "k"));
  CHECK(caught([&] { (void)source.read(buffer); }).code() == Errc::corrupt);
}
