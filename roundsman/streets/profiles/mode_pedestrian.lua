-- On foot: the road engine's own profile without classes to avoid, see mode_car.lua.
local foot = require('foot')
local plain = foot.setup

function foot.setup()
  local profile = plain()
  profile.excludable = Sequence {}
  return profile
end

return foot
