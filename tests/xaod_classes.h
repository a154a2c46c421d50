// The persistent shape of the few ATLAS classes that a derivation's jets need, for
// make_fixture.py. Names, bases and members give the same ROOT checksums as the real ones,
// so the serialised bytes have the same layout.
#include <string>
#include <utility>
#include <vector>

class ILockable { public: virtual ~ILockable() {} };

namespace SG {
class IConstAuxStore { public: virtual ~IConstAuxStore() {} };
class IAuxStore : public IConstAuxStore {};
class IAuxStoreIO { public: virtual ~IAuxStoreIO() {} };
class IAuxStoreHolder { public: virtual ~IAuxStoreHolder() {} };
}

class ElementLinkBase { public: unsigned int m_persKey = 0, m_persIndex = 0; };
template <class C> class ElementLink : public ElementLinkBase {};
template <class T> class DataVector {};

namespace xAOD {
class BTagging_v1 {};
class IParticle {};

class AuxContainerBase : public SG::IAuxStore, public SG::IAuxStoreIO,
                         public SG::IAuxStoreHolder, public ILockable {};
class AuxInfoBase : public SG::IAuxStore, public SG::IAuxStoreIO,
                    public SG::IAuxStoreHolder, public ILockable {};

class JetAuxContainer_v1 : public AuxContainerBase {
public:
  std::vector<float> pt, eta, phi, m;
  std::vector<std::vector<ElementLink<DataVector<xAOD::IParticle>>>> constituentLinks;
  std::vector<std::vector<float>> constituentWeights;
};

class EventAuxInfo_v1 : public AuxInfoBase {
public:
  unsigned int runNumber = 0;
  unsigned long long eventNumber = 0;
  unsigned int lumiBlock = 0, timeStamp = 0, timeStampNSOffset = 0, bcid = 0;
  unsigned int detectorMask0 = 0, detectorMask1 = 0, detectorMask2 = 0, detectorMask3 = 0;
  std::vector<std::pair<std::string, std::string>> detDescrTags;
  unsigned int eventTypeBitmask = 0, statusElement = 0, extendedLevel1ID = 0;
  unsigned short level1TriggerType = 0;
  std::vector<std::string> streamTagNames, streamTagTypes;
  std::vector<char> streamTagObeysLumiblock;
  float actualInteractionsPerCrossing = 0, averageInteractionsPerCrossing = 0;
  unsigned int pixelFlags = 0, sctFlags = 0, trtFlags = 0, larFlags = 0, tileFlags = 0;
  unsigned int muonFlags = 0, forwardDetFlags = 0, coreFlags = 0, backgroundFlags = 0;
  unsigned int lumiFlags = 0;
  float beamPosX = 0, beamPosY = 0, beamPosZ = 0;
  float beamPosSigmaX = 0, beamPosSigmaY = 0, beamPosSigmaZ = 0, beamPosSigmaXY = 0;
  float beamTiltXZ = 0, beamTiltYZ = 0;
  unsigned int beamStatus = 0;
};
}

using BTaggingLinks = std::vector<ElementLink<DataVector<xAOD::BTagging_v1>>>;

// Python's integers don't become char by themselves.
inline void assign_chars(std::vector<char> &chars, const std::vector<int> &numbers) {
  chars.assign(numbers.begin(), numbers.end());
}

#ifdef __ROOTCLING__
#pragma link C++ function assign_chars;
#pragma link C++ class ILockable+;
#pragma link C++ class SG::IConstAuxStore+;
#pragma link C++ class SG::IAuxStore+;
#pragma link C++ class SG::IAuxStoreIO+;
#pragma link C++ class SG::IAuxStoreHolder+;
#pragma link C++ class ElementLinkBase+;
#pragma link C++ class ElementLink<DataVector<xAOD::BTagging_v1>>+;
#pragma link C++ class ElementLink<DataVector<xAOD::IParticle>>+;
#pragma link C++ class std::vector<ElementLink<DataVector<xAOD::BTagging_v1>>>+;
#pragma link C++ class xAOD::AuxContainerBase+;
#pragma link C++ class xAOD::AuxInfoBase+;
#pragma link C++ class xAOD::JetAuxContainer_v1+;
#pragma link C++ class xAOD::EventAuxInfo_v1+;
#endif
