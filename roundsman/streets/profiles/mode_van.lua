-- By van of up to 3.5 t: a car that is higher, wider and longer, and no faster than 120 km/h.
local car = require('mode_car')
local plain = car.setup

function car.setup()
  local profile = plain()
  profile.vehicle_height = 2.8
  profile.vehicle_width = 2.1
  profile.vehicle_length = 6.0
  profile.vehicle_weight = 3500
  profile.vehicle_max_speed = 120
  return profile
end

return car
