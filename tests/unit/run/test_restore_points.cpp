#include "run_test.hpp"

namespace pitr {
namespace {

using test::to;
using test::World;
using Kind = TargetText::Kind;

CreateRestorePointReport create(World& world, const std::string& name) {
  return create_restore_point(world.context, {name, "why", world.request()});
}

std::vector<std::string> names(const World& world) {
  std::vector<std::string> all;
  for (const auto& point : take_inventory(world.context).catalogue.restore_points) all.push_back(point.name);
  return all;
}

TEST_CASE("a restore point is the state at the moment it was made") {
  World world;
  world.archive();
  world.database.commits(2);
  const Bytes image = world.image();
  const auto report = create(world, "before migration");
  CHECK(report.archive->commits == 2);
  CHECK(report.restore_point.point == report.archive->head);
  CHECK(names(world) == std::vector<std::string>{"before migration"});
  world.database.app.run("DROP TABLE t");
  world.archive();
  CHECK(world.restored(to(Kind::restore_point, "before migration")) == image);
}

TEST_CASE("a restore point can be the first thing that is archived") {
  World world;
  world.database.commit();
  create(world, "first");
  CHECK(world.restored(to(Kind::restore_point, "first")) == world.image());
}

TEST_CASE("a restore point that was deleted is gone, and can be made again") {
  World world;
  create(world, "p");
  CHECK(delete_restore_point(world.context, "p").restore_point.deleted);
  CHECK(names(world).empty());
  CHECK(world.refused(to(Kind::restore_point, "p")).code == Errc::not_found);
  CHECK(test::caught([&] { delete_restore_point(world.context, "p"); }).code() == Errc::not_found);
  create(world, "p");
  CHECK(names(world).size() == 1);
}

TEST_CASE("of several points of one name the position tells which is meant") {
  World world;
  const Lsn first = create(world, "p").restore_point.point.lsn;
  const Bytes image = world.image();
  world.database.commit();
  create(world, "p");
  CHECK(world.refused(to(Kind::restore_point, "p")).code == Errc::ambiguous_target);
  CHECK(test::caught([&] { delete_restore_point(world.context, "p"); }).code() == Errc::ambiguous_target);
  const std::string exact = "p@" + std::to_string(first.value);
  CHECK(world.restored(to(Kind::restore_point, exact)) == image);
  CHECK(delete_restore_point(world.context, exact).restore_point.point.lsn == first);
  CHECK(world.restored(to(Kind::restore_point, "p")) == world.image());
}

TEST_CASE("a name that cannot be stored is refused before anything is archived") {
  World world;
  const auto before = test::objects(world.repository());
  for (const std::string& name : {std::string(), std::string("a\nb"), std::string(300, 'x')}) {
    CHECK(test::caught([&] { create(world, name); }).code() == Errc::usage);
  }
  CHECK(test::objects(world.repository()) == before);
}

}  // namespace
}  // namespace pitr
