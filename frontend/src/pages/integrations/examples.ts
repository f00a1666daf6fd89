// Examples that work as they are once a key is put in. Written for a shell, for Python without any
// package, and with the address this page was opened at.

/** Make a job on `day`, YYYYMMDD. */
export function createJobCurl(origin: string, day: number, key = "YOUR-KEY"): string {
  return `curl ${origin}/api/createjobs \\
  -H 'API-Key: ${key}' \\
  -d '{"data": {"jobs": [{
    "destinationName": "Boiler inspection",
    "destinationText": "Rua de Cedofeita 12, Porto",
    "destinationLat": 41.1512, "destinationLng": -8.6185,
    "day": ${day}
  }]}}'`;
}

/** List the jobs of `day` in Python. */
export function getJobsPython(origin: string, day: number, key = "YOUR-KEY"): string {
  return `import json
from urllib.request import Request, urlopen

request = Request(
    "${origin}/api/getjobs",
    data=json.dumps({"data": {"worker": "*", "day": ${day}}}).encode(),
    headers={"API-Key": "${key}"},
)
answer = json.load(urlopen(request))
for job in answer["jobs"]:
    print(job["number"], job["destinationName"], job["workerName"])`;
}
