#include "engine/engine.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

namespace pitr {

std::unique_ptr<Capture> Engine::capture(const CaptureRequest& /*request*/) const {
  throw Error(Errc::internal, fmt::format("a database of engine {} is not looked at", name()));
}

}  // namespace pitr
