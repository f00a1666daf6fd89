-- By motorcycle: `motorcycle` tags go before those of all motor vehicles, and it fits everywhere.
local car = require('mode_car')
local plain = car.setup

function car.setup()
  local profile = plain()
  profile.vehicle_height = 1.6
  profile.vehicle_width = 0.9
  profile.vehicle_length = 2.3
  profile.vehicle_weight = 400
  profile.access_tags_hierarchy = Sequence { 'motorcycle', 'motor_vehicle', 'vehicle', 'access' }
  profile.restrictions = Sequence { 'motorcycle', 'motor_vehicle', 'vehicle' }
  profile.access_tag_whitelist['motorcycle'] = true
  return profile
end

return car
