-- By car: the road engine's own profile without its classes to avoid (tolls, motorways, ferries).
-- Nobody asks to avoid them, and each would cost one more contraction of the whole graph.
local car = require('car')
local plain = car.setup

function car.setup()
  local profile = plain()
  profile.excludable = Sequence {}
  return profile
end

return car
