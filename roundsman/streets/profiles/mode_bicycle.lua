-- By bicycle: the road engine's own profile without classes to avoid, see mode_car.lua.
local bicycle = require('bicycle')
local plain = bicycle.setup

function bicycle.setup()
  local profile = plain()
  profile.excludable = Sequence {}
  return profile
end

return bicycle
