#include "http/tls_credentials.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/tls_certificates.h"

namespace hookd {
namespace {

const TlsCertificates& Certificates() {
  static const auto* certificates = new TlsCertificates(MakeTlsCertificates());
  return *certificates;
}

TEST(TlsCredentialsTest, TakesOneCertificateOrMore) {
  const TlsCertificates& made = Certificates();
  EXPECT_TRUE(CheckCertificates(made.authority).ok());
  EXPECT_TRUE(CheckCertificates(made.good.certificate + made.authority).ok());
  EXPECT_TRUE(CheckCertificates("said before\n" + made.authority + "\n\n").ok());
}

TEST(TlsCredentialsTest, RefusesWhatIsNoCertificateOrNotWholly) {
  const TlsCertificates& made = Certificates();
  for (const std::string& pem :
       {std::string(), std::string("hunter2"), made.good.key, made.authority.substr(0, 200),
        made.authority + "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"}) {
    EXPECT_FALSE(CheckCertificates(pem).ok()) << pem;
  }
}

TEST(TlsCredentialsTest, TakesTheKeyOfTheFirstCertificateAlone) {
  const TlsCertificates& made = Certificates();
  EXPECT_TRUE(CheckPrivateKey(made.good.key, made.good.certificate + made.authority).ok());
  EXPECT_FALSE(CheckPrivateKey(made.good.key, made.authority + made.good.certificate).ok());
  EXPECT_FALSE(CheckPrivateKey(made.expired.key, made.good.certificate).ok());
  EXPECT_FALSE(CheckPrivateKey("", made.good.certificate).ok());
  EXPECT_FALSE(CheckPrivateKey("hunter2", made.good.certificate).ok());
}

// Made by openssl genrsa 4160, and of no other use.
constexpr char kLongKey[] = R"(-----BEGIN PRIVATE KEY-----
MIIJZgIBADANBgkqhkiG9w0BAQEFAASCCVAwgglMAgEAAoICCQDNfgI/zmIgQzLZ
ZI+gbLr+/z3WKXJ4YbfrF8lU+fSxSSiUhM0xW+rwTw/ZnYvYbQWLRbxbNk04I1K4
gB3+bOPI2kpUjP64VE6+SOJL1Flh2VQMk/xXB6FEPqZotVFF95r0wY8F97RNQS07
x7auQGy+16xRYVgb2HriLBIj5fSKIGb/Yer0LrA4RQj2t38Tk+QZTeuCsWQ9URJ1
LstH4Elts9BRq/wpH7eOomX/u9oxiKnwi/v5w4A3Wks/Ihqc9pQ5V8xe5lS2958G
rDCrJcgGutQwLBSlbgZHCsLp+KohSlXEqKVmf2Un7ZaStrgqu8DoYronR6b4YJKu
GlTM3yZCjMN+12hhPuiYqMIMRSG7/SyW4Gw5N7uKkaw5ze5OcEoXh1PRJh39P+8L
0WIqFBD5mh3Qs8eFK8peWq4/cFkrI9snJOrYFqS/xYpoyKbqznxwb7Y9mk7XaFjm
QrDmNOxlaC0pq0VyTXxkoDxs+ZCQm0FYquGrOcKi3eGddkpS3M2WuJNIt2+g4Qxp
+OBYO6SWuIQmW02dbndr1WsDLIRgN7udNJWu/qEzSHG/dUs4maerdLJAcF8aIGk2
3qeT3gXxNE5I1o9Elt5kIPXZwcv5Fe4JR+NLi6itPtsneUJgZYG7wmEiJ5e/CyzP
JqKYjAduYlcUNb/htpNVTYJfk7+CceoRXse+Bi8VAgMBAAECggIIH3cC+ygr6ErB
133JbEQZ4f/NRSS1jW9RDSNoRaW8bQUJvKwVC1DKyZ8hiy3PgwU2ixvTepf2/PiT
qwKbFSExQ8kBBq9MNYdbQ1G/rOLICO6RKxfh1KWrcNqy+meBGViPlpiowL4sEoQ/
W975vvbIb/RwQ0nHhwP/1O/wmyST7C6H9uTUaC1Z+FPByp1QTPwhOiqvPCTTd3wZ
em3+3HOgarbU2BygkN91aNa/DYiDIYCOnPGiVJ013cPqr7EWKCCtk5Y5CfL018tU
w13MWfiAB1/GK9YkFyygs3IXZGIaEtziAynbobUyFQoRO0fVLV3wbOTpIiibjX6k
FxqbD3+/yQLq0Fn/LpTsHRQEdPEjqsnO2LqLcU8hQbH01Ksk1eBz4DjWPNB1wIWd
l/cMikvH+snxrvkbjaHolAOzBPMG3dVfe9Vidp6YTV1yQSC1btHm/v2OwSxprrOk
kbku0HIJBlGbbQkvjg9rtuwtd0+MbdqCHwhlajLApRCNjdE+hkYZffLrnqVmAEgW
zqEpq4ONK5xEG1jcQanK+LxT2MFZCFDY28AAbpndFDyHupBt/1I+T+r2dzgKZItY
EbRen9enheDWK+YqQc+HVjVUtdEO4f1WwmeJEKg1KhDk2t8m4KVQ90wKt4sB+5FD
ONrUkUWqhm51U4CR6ciAm03vpX34fP9IzDbtSDDowQKCAQUA7Vu+4WL19Cd/XLBr
aiGwaHcMjQF3wAWF9pvd68dGhzdpR/Seef8bUhHQwZWyWBkQot3trNkXmA389tKB
4kaZ3kDk99egXf3NXWhqlsCfdMaRd+jL8wHIraehW6Tp2pb2uuSKsI7PkvNgams3
pxY7X72Re/r7vyyghAZ4tNvInSjWKA64L4lFfRXiNazvruK0glPQNPPJjKQejE23
JBQWZdzFJkTDuutdiDyOu5BAhDLnV5en8H/8cUGeDC2Slp/WdoT5SKoC7s7s34N5
c34cMo1JzSmUPFy9yKAkPiNH5MyXFwfitkVeK43EHInzF9QgZv877fp5JH9I6mdZ
1XPsWHKmwMUCggEFAN2hkm3dZwygIi3ydGf1I6nCqg7A8FOo5CgkURE6eWvY6O39
HbECsdCxHWtv/9enSk0rwk5zuqeP6mv+KmU3QecDYixb/urKKbpUaU9n6QHzPe5Z
FZeuGBa+fbDV2vVdtDHLs5j7zaRPMvWw4hxgOAkrxYpxQoYTfxsiQcPhXxjbDTfQ
QBnN830PCqoK/QJ6p0n13YKQWbZk1y1se06Iw6uO63N642kr5YrQ+XTxDZkQ0DBJ
TswBcLTmaLT5RYU7cuQRyoFm1VL1W40mciMmhfyBTiH3yi3WIqw96m974XjZkFyg
7pWoharM/O8ZXqVR12wPSnI8e8TtsfkGltk2ns+LF/oRAoIBBBAVjHzHcPVHi+jj
B5RcjhC2KIKRm+TGOwq4CzTD/zKAfcDjga2wrNBF5siHdVtk72yp70YsO94Q7Jhp
MWX89MZLzXhCA1r7LORsg/SNPwDxx7/BZbik4U1rM5L7POGUI0oM3J0UQFqr5Vew
xkerSQC23tnw6whMZOAtdBaFYjXMI575SF/oRG4ygm6ytlc6g5LlTRGZh4nhQTSu
u39VYSMr76wlMsJC2sa1m9J39vc+X9DetQGmGpwuHyCiIfHVCPplDmNvKd225fRL
e3ppDE4cpuihLatdeXrT50DSsTd+6aok3acOUlBPPf/VFUUDGeMA3rXEqFrhyTYh
JMRDI7vmoQglAoIBBB772Ya2bxOax2x4+sEVyjiPWErbuj1X3R2nhhXMgPEMz/OF
cUMvx0APordEXxX88yw6s91X3H5UZkdWrwKbaQEsverJqaeVP6Qm7NoHAtIc+Ul6
9sPPuNplIxk3rHak9O4JNkBq42LXF561bcbdxLezgNhL4SrxStG2Rk9mEG9fIEfv
OybgXevb0HfZNWnFT+HNF3yLRZ90FYjqI4rlH8W6Izxvr58iXeK8OEOa93WwngpC
FVv7z4/arkSunIN1vigYPKE+iRAh8PyYpVg4qH6WbR/ejks+JnbB6SZQwUKt17q7
XN9bQeSQ58NdXpfqCx22PYge4Ia1XC4eN7SCKE2HeoChAoIBBQCVRyorTq3pbYiX
zclK6vqOMH8JJ7VLbYoApsyeeSbwrCCRZkHS0PyzBtRqV0+1N2as5epI3aqbXOk9
f6yyI9+7tBvt+jdCSPxb2ha1r+5BfssIN8YUerAmvbI088wt32CUedTpROPJTF0y
IdrHcX1uTm8brBRHHHNHA7RR7Y9GrfWQviegJuHBHM9U7yem4gdGtEWwbT4dIpUU
6lSsHp8oPxXy1mdmXUBnSk004tqBafov6szYFjZ3A9SmFLBDVXqaJnS7pW8IAMcO
EaSjSnJcZvNWiybBwP+gvXL81LxjnWwgnQOAhJ1fh3vae5gVaX4KMBOnqzeWlwtv
j3EG0jOz3rjfWA==
-----END PRIVATE KEY-----
)";

TEST(TlsCredentialsTest, RefusesAKeyThatTakesTooLongToUse) {
  EXPECT_EQ(CheckPrivateKey(kLongKey, Certificates().good.certificate).message(),
            "must have at most 4096 bits: longer keys are too slow");
}

}  // namespace
}  // namespace hookd
